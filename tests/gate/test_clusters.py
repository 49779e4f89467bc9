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
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from distributed import Client

from bxnn.compiler import cli, verification
from bxnn.compiler.calibration import spread_losses
from bxnn.compiler.cluster import connected
from bxnn.compiler.errors import InputError
from bxnn.compiler.fan_out import fan_out
from bxnn.compiler.sweep import sweep_run
from bxnn.compiler.sweep.store import SweepStore
from bxnn.compiler.verification.engines import ENGINES
from bxnn.compiler.verification.shard_store import ShardStore
from tests.builds.test_commands import compiled
from tests.calibration.test_search import calibrated
from tests.gate.test_verify import results
from tests.sweep.test_sweep import SWEEP, arguments, lines
from tests.sweep.test_sweep import model as sweep_model

model = sweep_model


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


class Site:
    """A scheduler and two workers on the loopback interface, as a site starts them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []
        self._scheduler = self._start_scheduler("0")
        self.complete()

    @property
    def address(self) -> str:
        return str(json.loads((self._folder / "scheduler.json").read_text(encoding="utf-8"))["address"])

    def _start_scheduler(self, port: str) -> subprocess.Popen[bytes]:
        place = self._folder / "scheduler.json"
        place.unlink(missing_ok=True)
        command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port]
        started = subprocess.Popen(
            [*command, "--no-dashboard", "--scheduler-file", str(place)], stderr=subprocess.DEVNULL
        )
        while not place.exists():
            time.sleep(0.1)
            assert started.poll() is None
        return started

    def complete(self) -> None:
        """Start the workers that are missing."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        command = [sys.executable, "-m", "distributed.cli.dask_worker", self.address, "--nthreads", "1"]
        command += ["--no-dashboard", "--no-nanny", "--host", "127.0.0.1", "--local-directory", str(self._folder)]
        while len(self.workers) < 2:
            self.workers.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        with Client(self.address) as client:
            client.wait_for_workers(2)

    def kill_a_worker(self) -> None:
        self.workers[0].kill()
        self.workers[0].wait()

    def restart(self) -> None:
        """End the scheduler and its workers; others take their places."""
        port = self.address.rpartition(":")[2]
        self.end()
        self._scheduler = self._start_scheduler(port)
        self.complete()

    def end(self) -> None:
        for process in (*self.workers, self._scheduler):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    started = Site(tmp_path_factory.mktemp("cluster"))
    yield started
    started.end()


def call_after(
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str, count: int, act: Callable[[], None]
) -> Counter[str]:
    """Do something after a method was called that often; how often it has been called, and the action done."""
    calls, method = Counter[str](), getattr(owner, name)

    def counted(*given: Any, **named: Any) -> Any:
        calls["calls"] += 1
        found = method(*given, **named)
        if calls["calls"] == count:
            act()
        return found

    monkeypatch.setattr(owner, name, counted)
    return calls


@pytest.mark.slow
def test_a_sweep_on_a_cluster_is_the_same(model: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if a worker is killed meanwhile."""
    monkeypatch.setattr(sweep_run, "pictures", lambda _: {})
    given = arguments(model, SWEEP)
    files = given["model"], given["weights"], given["config"]
    here = sweep_run.run_sweep(*files, model.parent / "here", workers=2)
    site.complete()
    stored = call_after(monkeypatch, SweepStore, "put", 2, site.kill_a_worker)
    there = sweep_run.run_sweep(*files, given["folder"], cluster=site.address)
    assert (there.computed, here.computed, stored["calls"]) == (8, 8, 8)
    assert lines(here.folder) == lines(there.folder) and here.rows == there.rows


@pytest.mark.slow
def test_a_calibration_loses_a_worker_and_nothing_else(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert calibrated(tmp_path, "--loss", "0.02") == 0
    alone = (tmp_path / "formats.yaml").read_bytes()
    monkeypatch.setattr(spread_losses, "one_by_one", None)  # what this process would do
    site.complete()
    sent = call_after(monkeypatch, Client, "map", 2, site.kill_a_worker)
    assert calibrated(tmp_path, "--loss", "0.02", "--cluster", site.address) == 0
    assert (tmp_path / "formats.yaml").read_bytes() == alone and sent["calls"] > 2


@pytest.mark.slow
def test_other_versions_are_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: f"0.0.{len(name)}")
    with pytest.raises(InputError) as caught, connected(site.address):
        pass
    told = str(caught.value)
    assert told.startswith("--cluster: worker tcp://127.0.0.1:")
    assert told.endswith(" has bxnn 0.2.0, this process 0.0.4; install the same")


@pytest.fixture
def twenty_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 1,200 events."""
    for engine in ENGINES.values():
        monkeypatch.setattr(engine, "shard_events", 60)


@pytest.mark.slow
@pytest.mark.usefixtures("twenty_shards")
def test_a_verification_loses_a_worker_and_nothing_else(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bxnn.compiler.cluster")
    site.complete()
    stored = call_after(monkeypatch, ShardStore, "put", 3, site.kill_a_worker)
    report = verification.verify(compiled(tmp_path, "m"), 1200, engines=("cpp", "hls"), cluster=site.address)
    assert results(report) == [("cpp", 1200, 0, True, None), ("hls", 1200, 0, True, None)]
    assert stored["calls"] == 40
    told = f"--cluster: {site.address} is not encrypted: whoever reaches it can run code as you"
    assert [record.getMessage() for record in caplog.records if record.name == "bxnn.compiler.cluster"] == [told]


@pytest.mark.slow
@pytest.mark.usefixtures("twenty_shards")
def test_another_scheduler_gets_what_is_left(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run waits for it; if it comes too late, the next run resumes. Nothing is computed twice."""
    built, address = compiled(tmp_path, "m"), site.address
    with monkeypatch.context() as patched:
        patched.setattr("bxnn.compiler.cluster._PATIENCE_SECONDS", 1)
        kept = call_after(patched, ShardStore, "put", 3, site.end)
        with pytest.raises(InputError) as caught:
            verification.verify(built, 1200, engines=("cpp",), cluster=address)
    told = f"--cluster: no scheduler answers at {address!r} within 1 s; start one with dask scheduler"
    assert str(caught.value) == told
    site.restart()
    rest = call_after(monkeypatch, ShardStore, "put", 3, site.restart)
    report = verification.verify(built, 1200, engines=("cpp",), cluster=address)
    assert results(report) == [("cpp", 1200, 0, True, None)]
    assert (kept["calls"], rest["calls"]) == (3, 17)


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
    assert capsys.readouterr().err == f"--cluster: {problem}\n"


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
