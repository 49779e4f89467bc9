import numpy as np, time
from alkaid.cmvm import cmvm_solve
rng=np.random.default_rng(1)
for n,m in ((32,32),(64,64),(128,64),(128,128),(256,64),(256,128)):
    k=rng.integers(-32,32,(n,m)).astype(np.float32)
    t=time.time(); c0,c1=cmvm_solve(k,qintervals=[(0.,63.,1.)]*n,latencies=[0.]*n,hard_dc=2); dt=time.time()-t
    print(n,m,round(dt,2),len(c0.ops)+len(c1.ops), c0.cost+c1.cost, flush=True)
    if dt>60: break
