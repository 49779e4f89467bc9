"""Which plan a simulation follows."""

from __future__ import annotations

from bxnn.sim.bench.frame_plan import make_frame_plan
from bxnn.sim.bench.frames import FrameTiming
from bxnn.sim.bench.job import Job
from bxnn.sim.bench.plan import Effort, Plan, Pool, make_plan

DIRECTED_CYCLES = 20_000  # more than that for events added by the bench only if the cover needs them


def plan_of(job: Job) -> Plan:
    """The plan of a job, for the form of its network."""
    if job.effort is not None:
        return _plan(job, job.effort)
    everything = _plan(job, Effort.ALL)
    own = sum(step.cycles for step in everything.steps if not step.part.user)
    return everything if own <= DIRECTED_CYCLES else _plan(job, Effort.COVER)


def _plan(job: Job, effort: Effort) -> Plan:
    interface, pool = job.interface, Pool(job.directed, job.cover, job.vectors - job.directed)
    latency, interval = interface.latency_from_last_beat_cycles, interface.initiation_interval
    if latency is None:
        return make_plan(job.seed, pool, interface.latency_cycles, interval, effort)
    return make_frame_plan(job.seed, pool, FrameTiming(interface.beats, latency, interval), effort)
