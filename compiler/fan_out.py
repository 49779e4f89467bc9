"""Jobs on all processes of a Dask cluster; one that ends its process costs nothing but itself."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from bxnn.compiler.cluster import LOCAL, connected

DIED = "its process died without an answer, perhaps because it ran out of memory"
Job = TypeVar("Job")
Result = TypeVar("Result")


def fan_out(
    work: Callable[[Job], Result], jobs: Sequence[Job], cluster: str = LOCAL, workers: int | None = None
) -> Generator[tuple[int, Result | None], None, None]:
    """Numbers of jobs with their results, in the order in which they finish.

    Leaving the iterator early, as on Ctrl-C, ends what is still running on this machine, and cancels it elsewhere.

    Args:
        work: A function of a module, or a ``partial`` of one; it runs in other processes, perhaps on other machines.
        jobs: What it is called with, one at a time.
        cluster: ``local``, or the address of a Dask scheduler.
        workers: Processes of a local cluster; one per core by default.

    Returns:
        The result of a job is ``None`` if several processes in a row ended with it, perhaps for lack of memory. A
        scheduler that ends takes the jobs with it; another one at its address gets those without a result.

    Raises:
        InputError: If the cluster cannot be used, see `connected`, or its scheduler has ended and no other takes its
            place.
        Exception: What ``work`` has raised.
    """
    left = dict(enumerate(jobs))
    while left:
        with connected(cluster, workers) as client:
            from distributed import KilledWorker, as_completed
            from distributed.client import FutureCancelledError

            numbers = {client.submit(work, job, pure=False): number for number, job in left.items()}
            for future in as_completed(numbers):
                try:
                    result = future.result()
                except KilledWorker:
                    result = None
                except FutureCancelledError:  # the connection to the scheduler is lost, and with it all jobs
                    break
                del left[numbers[future]]
                yield numbers[future], result
