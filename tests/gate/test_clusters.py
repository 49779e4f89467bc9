"""Work on a Dask cluster: of this machine, or with a scheduler and two workers as a site starts them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from distributed import Client

from bxnn.compiler import cli, verification
from bxnn.compiler.cluster import connected
from bxnn.compiler.errors import InputError
from bxnn.compiler.fan_out import fan_out
from bxnn.compiler.sweep import sweep_run
from bxnn.compiler.verification.engines import ENGINES
from tests.builds.test_commands import compiled
from tests.gate.test_verify import results
from tests.sweep.test_sweep import SWEEP, arguments, lines
from tests.sweep.test_sweep import model as sweep_model

model = sweep_model
Cluster = tuple[str, list[subprocess.Popen[bytes]]]


def test_nothing_starts_for_no_jobs() -> None:
    assert list(fan_out(abs, [], "nowhere")) == []


def test_a_job_that_ends_its_process_costs_nothing_else() -> None:
    def work(job: int) -> int:  # sent by value: the processes do not know the tests
        if job == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return job * job

    assert dict(fan_out(work, range(7), workers=2)) == {0: 0, 1: 1, 2: 4, 3: None, 4: 16, 5: 25, 6: 36}


def test_leaving_early_ends_the_processes() -> None:
    def work(job: int) -> int:
        if job:
            time.sleep(600)
        return os.getppid()

    found = fan_out(work, [0, 1, 2], workers=2)
    number, parent = next(found)
    found.close()
    assert (number, parent) == (0, os.getpid())
    deadline = time.monotonic() + 10
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    while _workers(children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert _workers(children) == []


def _workers(children: Path) -> list[str]:
    lines = [Path(f"/proc/{child}/cmdline") for child in children.read_text(encoding="utf-8").split()]
    return [path.read_text(encoding="utf-8") for path in lines if path.exists() and "spawn_main" in path.read_text()]


def test_no_other_user_learns_anything() -> None:
    """All connections are encrypted and on the loopback interface, and the web servers of Dask say nothing."""
    with connected(workers=1) as client:
        told = client.scheduler_info()
        (address,) = told["workers"]
        assert told["address"].startswith("tls://127.0.0.1:") and address.startswith("tls://127.0.0.1:")
        ports = told["services"]["dashboard"], told["workers"][address]["services"]["dashboard"]
        for port in ports:
            for page in ("status", "info/main/workers.html", "json/counts.json", "metrics", "health"):
                with pytest.raises(urllib.error.HTTPError, match="404"):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=5)


SLEEPERS = """
import time
from bxnn.compiler.fan_out import fan_out


def work(job):
    time.sleep(0.3)
    return job


if __name__ == "__main__":
    for number, _ in fan_out(work, range(100), workers=2):
        print(number, flush=True)
"""


def test_interrupted_processes_say_nothing(tmp_path: Path) -> None:
    """Ctrl-C reaches the workers, too; only the process that the user has started tells of it."""
    (tmp_path / "sleepers.py").write_text(SLEEPERS, encoding="utf-8")
    command = [sys.executable, str(tmp_path / "sleepers.py")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as run:
        assert run.stdout is not None and run.stdout.readline() and run.stdout.readline()
        os.killpg(run.pid, signal.SIGINT)
        _, told = run.communicate(timeout=60)
    assert told.count("Traceback") == 1 and told.endswith("KeyboardInterrupt\n")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler and two workers on the loopback interface; its address and the workers."""
    folder = tmp_path_factory.mktemp("cluster")
    place = folder / "scheduler.json"
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    started = [
        subprocess.Popen([*command, "--no-dashboard", "--scheduler-file", str(place)], stderr=subprocess.DEVNULL)
    ]
    while not place.exists():
        time.sleep(0.1)
        assert started[0].poll() is None
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(place), "--nthreads", "1"]
    worker += ["--no-dashboard", "--no-nanny", "--host", "127.0.0.1", "--local-directory", str(folder)]
    workers = [subprocess.Popen(worker, stderr=subprocess.DEVNULL) for _ in range(2)]
    address = json.loads(place.read_text(encoding="utf-8"))["address"]
    try:
        with Client(address) as client:
            client.wait_for_workers(2)
        yield address, workers
    finally:
        for process in (*workers, *started):
            process.kill()
            process.wait()


@pytest.mark.slow
def test_a_sweep_on_a_cluster_is_the_same(model: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_run, "pictures", lambda _: {})
    given = arguments(model, SWEEP)
    files = given["model"], given["weights"], given["config"]
    there = sweep_run.run_sweep(*files, given["folder"], cluster=cluster[0])
    shown = lines(there.folder)
    here = sweep_run.run_sweep(*files, model.parent / "here", workers=2)
    assert (there.computed, here.computed) == (8, 8)
    assert lines(here.folder) == shown and here.rows == there.rows


@pytest.mark.slow
def test_other_versions_are_refused(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: f"0.0.{len(name)}")
    with pytest.raises(InputError) as caught, connected(cluster[0]):
        pass
    told = str(caught.value)
    assert told.startswith("--cluster: worker tcp://127.0.0.1:")
    assert told.endswith(" has bxnn 0.2.0, this process 0.0.4; install the same")


@pytest.mark.slow
def test_a_cluster_loses_a_worker_and_nothing_else(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last test of the cluster: one of its workers is gone afterwards."""
    for engine in ENGINES.values():
        monkeypatch.setattr(engine, "shard_events", 60)
    address, workers = cluster

    def kill_one(done: int, total: int) -> None:
        if done == 3:
            os.kill(workers[0].pid, signal.SIGKILL)

    built = compiled(tmp_path, "m")
    report = verification.verify(built, 1200, engines=("cpp", "hls"), cluster=address, advance=kill_one)
    assert results(report) == [("cpp", 1200, 0, True, None), ("hls", 1200, 0, True, None)]
    assert workers[0].wait() == -signal.SIGKILL and workers[1].poll() is None


BAD = [
    ("here", "'here' is neither local nor an address such as tls://host:8786"),
    ("tcp://host", "'tcp://host' is neither local nor an address such as tls://host:8786"),
    ("tcp://host:port", "'tcp://host:port' is neither local nor an address such as tls://host:8786"),
    (
        "tcp://127.0.0.1:9",
        "no scheduler answers at 'tcp://127.0.0.1:9' within 1 s; start one with dask scheduler",
    ),
    (
        "tls://127.0.0.1:9",
        "'tls://127.0.0.1:9' needs certificates; name them in Dask's configuration, under distributed.comm.tls",
    ),
]


@pytest.mark.parametrize(("address", "problem"), BAD)
def test_bad_addresses(
    address: str, problem: str, model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bxnn.compiler.cluster._PATIENCE_SECONDS", 1)
    given = arguments(model)
    command = ["sweep", str(model), "--weights", str(given["weights"]), "-c", str(given["config"])]
    assert cli.run([*command, "-o", str(given["folder"]), "--cluster", address]) == 2
    told = capsys.readouterr().err.splitlines()
    assert told[-1] == f"--cluster: {problem}"
    assert told[:-1] == [
        f"--cluster: {address} is not encrypted: whoever reaches it can run code as you"
        for _ in range("answers" in problem)
    ]


@pytest.mark.slow
def test_a_scheduler_without_workers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr("bxnn.compiler.cluster._PATIENCE_SECONDS", 1)
    with LocalCluster(n_workers=0, processes=False, dashboard_address=None, host="127.0.0.1", protocol="tcp") as empty:
        address = empty.scheduler_address
        with pytest.raises(InputError) as caught:
            list(fan_out(partial(pow, 2), [1], address))
    wanted = f"--cluster: the scheduler at {address!r} has no workers; start some with dask worker"
    assert str(caught.value) == wanted
