"""Work spread over processes by Dask: of this machine, or of any cluster that the user has started.

Source: Dask.distributed, https://distributed.dask.org.
"""

from __future__ import annotations

import logging
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bxnn.compiler.errors import InputError
from bxnn.compiler.installing import not_installed

if TYPE_CHECKING:
    from distributed import Client

LOCAL = "local"
_OPTION = "--cluster"
_ADDRESS = re.compile(r"(tcp|tls)://([^\s/:\[\]]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}")
_PATIENCE_SECONDS = 20
_LOCAL_SETTINGS = {
    # A worker gets a job when it has none: one that ends its process, and is tried twice, takes no other with it.
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.allowed-failures": 1,
    # Dask has a web server without a password, which any user of this machine could ask.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}
_LOG = logging.getLogger(__name__)


@contextmanager
def connected(cluster: str = LOCAL, workers: int | None = None) -> Iterator[Client]:
    """A client of a Dask cluster, for as long as the context lasts.

    Args:
        cluster: ``local`` for one process per core, whose connections are encrypted with a key that only they know; or
            the address of a scheduler, ``tls://host:port``, or ``tcp://host:port`` in a network that is trusted.
        workers: Processes of a local cluster; one per core by default.

    Raises:
        InputError: If the address is malformed, nothing answers there, there are no workers, or their Python or bxnn
            differs from this one's.
        ToolError: If Dask is not installed.
    """
    try:
        from distributed import Client, LocalCluster
        from distributed.security import Security
    except ImportError:
        raise not_installed("distributed") from None
    import dask

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # the end of a worker is handled here
    if cluster == LOCAL:
        count = workers or len(os.sched_getaffinity(0))
        with (
            dask.config.set(_LOCAL_SETTINGS),
            LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                security=Security.temporary(),
                protocol="tls://",
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
                host="127.0.0.1",
                silence_logs=logging.CRITICAL,
            ) as local,
            Client(local) as client,
        ):
            client.run(_ignore_interrupts)
            yield client
        return
    with _reached(cluster) as client:
        yield client


def _ignore_interrupts() -> None:
    """Ctrl-C reaches the whole group of processes; the one with the terminal ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _reached(address: str) -> Iterator[Client]:
    from distributed import Client

    if not _ADDRESS.fullmatch(address):
        raise InputError(_OPTION, f"{address[:60]!r} is neither local nor an address such as tls://host:8786")
    try:
        client = Client(address, timeout=_PATIENCE_SECONDS)
    except TypeError:  # without a certificate there is no context for TLS
        told = f"{address!r} needs certificates; name them in Dask's configuration, under distributed.comm.tls"
        raise InputError(_OPTION, told) from None
    except (OSError, ValueError):
        told = f"no scheduler answers at {address!r} within {_PATIENCE_SECONDS} s; start one with dask scheduler"
        raise InputError(_OPTION, told) from None
    with client:
        _check_versions(client, address)
        if address.startswith("tcp://"):
            _LOG.info("%s: %s is not encrypted: whoever reaches it can run code as you", _OPTION, address)
        yield client


def _check_versions(client: Client, address: str) -> None:
    """Refuse workers that would compute with other code.

    Raises:
        InputError: Naming the first difference.
    """
    try:
        client.wait_for_workers(1, timeout=_PATIENCE_SECONDS)
    except TimeoutError:
        told = f"the scheduler at {address!r} has no workers; start some with dask worker"
        raise InputError(_OPTION, told) from None
    ours, theirs = _versions(), client.run(_versions)
    for worker, found in theirs.items():
        for name, version in ours.items():
            if found[name] != version:
                told = f"worker {worker} has {name} {found[name]}, this process {version}; install the same"
                raise InputError(_OPTION, told)


def _versions() -> dict[str, str]:
    import platform
    from importlib.metadata import version

    return {"python": platform.python_version(), **{name: version(name) for name in ("bxnn", "numpy", "distributed")}}
