"""Losses of many networks at once, on the processes of a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bxnn.compiler.calibration.calibrator import Calibrator
from bxnn.compiler.calibration.loss import Judge
from bxnn.compiler.calibration.widths import Widths
from bxnn.compiler.cluster import connected

if TYPE_CHECKING:
    from distributed import Client

Spread = Callable[[Calibrator, Judge, Sequence[Widths]], Sequence[float]]


def loss_of(calibrator: Calibrator, judge: Judge, widths: Widths) -> float:
    """What a network of these widths loses on the calibration events."""
    wanted = {name: calibrator.real[name] for name in calibrator.network.graph.outputs}
    return judge.loss(wanted, calibrator.choose(widths).outputs)


def one_by_one(calibrator: Calibrator, judge: Judge, every: Sequence[Widths]) -> list[float]:
    """Losses in this process."""
    return [loss_of(calibrator, judge, widths) for widths in every]


@contextmanager
def spread_losses(cluster: str | None, workers: int | None = None) -> Iterator[Spread]:
    """A function for losses, which are computed on a cluster as long as the context lasts.

    Args:
        cluster: ``local`` for processes of this machine, the address of a Dask scheduler, or ``None`` for this process.
        workers: Processes of a local cluster; one per core by default.

    Raises:
        InputError: If the cluster cannot be used; see `connected`.
    """
    if cluster is None:
        yield one_by_one
        return
    with connected(cluster, workers) as client:
        yield _Cluster(client)


class _Cluster:
    """Sends a calibrator to every process once; each keeps the types that it has chosen."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._sent: dict[int, tuple[Calibrator, object]] = {}

    def __call__(self, calibrator: Calibrator, judge: Judge, every: Sequence[Widths]) -> list[float]:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        if self._client.status != "running":  # without a scheduler
            return one_by_one(calibrator, judge, every)
        try:
            if id(calibrator) not in self._sent:
                self._sent[id(calibrator)] = calibrator, self._client.scatter(calibrator, broadcast=True, hash=False)
            sent = self._sent[id(calibrator)][1]
            found = self._client.map(_loss, every, calibrator=sent, judge=judge, pure=False)
            return [float(loss) for loss in self._client.gather(found)]
        except (KilledWorker, FutureCancelledError):  # with the workers or the scheduler, what was sent is gone
            self._sent.clear()
            return one_by_one(calibrator, judge, every)


def _loss(widths: Widths, calibrator: Calibrator, judge: Judge) -> float:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(
        1, user_api="blas"
    ):  # as in the process that searches, so that losses are equal to the last bit
        return loss_of(calibrator, judge, widths)
