"""Builds a simulation if it has changed, and runs a cocotb test module on it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, TextIO, cast
from xml.etree.ElementTree import ParseError

from bxnn.compiler.errors import VerificationError
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.sim.bench.ghdl import Ghdl
from bxnn.sim.bench.job import FOLDER_VARIABLE, Job
from bxnn.sim.bench.log import failure
from bxnn.sim.bench.vendor_library import model_files
from bxnn.sim.bench.verilator import Verilator
from bxnn.sim.process import require_space, run_tool


class Session:
    """A work folder with a simulation of the VHDL under ``build / "vhdl"``."""

    def __init__(self, backend: Ghdl | Verilator, build: Path, interface: Interface, work: Path) -> None:
        """Build, unless the last build in the folder was from the same sources with the same tools.

        Raises:
            ToolError: If a tool is not installed.
            VerificationError: If the design cannot be built.
        """
        backend.require_tools()
        self._backend = backend
        self._interface = interface
        self._runner = backend.runner()
        # cocotb's runner has no public way to replace how it starts the simulator.
        self._runner._execute_cmds = self._run_supervised  # type: ignore[method-assign]
        self.folder = work.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._build([(build / "vhdl" / file).resolve() for file in interface.files])

    def run(self, test_module: str, job: Job) -> dict[str, Any]:
        """Run a test module on a job and return its ``result.json``.

        Raises:
            ToolError: If the disk is full.
            VerificationError: If the simulation is aborted.
        """
        job.save(self.folder)
        result, log = self.folder / "result.json", self.folder / "simulation.log"
        result.unlink(missing_ok=True)
        self._runner.log.setLevel(logging.CRITICAL)
        # A failed test leaves a result; an aborted simulation, or a full disk, leaves none or a part.
        with contextlib.suppress(RuntimeError, SystemExit, ParseError):
            self._runner.test(
                test_module=test_module,
                hdl_toplevel=self._interface.top,
                hdl_toplevel_library="work",
                hdl_toplevel_lang=self._backend.language,
                build_dir=self.folder,
                test_dir=self.folder,
                results_xml=str(self.folder / "results.xml"),
                test_args=list(self._backend.run_arguments),
                plusargs=list(self._backend.plus_arguments),
                extra_env={
                    FOLDER_VARIABLE: str(self.folder),
                    "COCOTB_RANDOM_SEED": str(job.seed),  # the log shows only the user's seed
                    "COCOTB_REWRITE_ASSERTION_FILES": "",
                    "NO_COLOR": "1",
                },
                log_file=log,
            )
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
            return cast(dict[str, Any], json.loads(result.read_text(encoding="utf-8")))
        require_space(self.folder)
        problem = f"{self._backend.name} aborted the simulation"
        raise VerificationError(self._interface.top, failure(problem, log))

    def _run_supervised(
        self, cmds: Sequence[list[str]], cwd: PathLike[str] | str, stdout: TextIO | None = None
    ) -> None:
        """Run the commands of cocotb's runner so that the simulator ends with bxnn; argument names are cocotb's."""
        for command in cmds:
            done = run_tool(command, Path(cwd), self._runner.env, stdout)
            if done.returncode != 0:
                raise RuntimeError(f"{command[0]} ended with code {done.returncode}")

    def _build(self, sources: list[Path]) -> None:
        ports = replace(self._interface, probes=())
        digest = hashlib.sha256(f"{ports} {self._backend.key()}".encode())
        for source in sources:
            if not source.is_file():
                raise VerificationError(ports.top, f"{source} does not exist")
        for source in [*sources, *model_files(sources)]:
            digest.update(f"\n{source.name}\n".encode() + source.read_bytes())
        key, stamp = digest.hexdigest(), self.folder / "build.key"
        if stamp.exists() and stamp.read_text(encoding="utf-8") == key:
            return
        stamp.unlink(missing_ok=True)
        self._backend.build(self.folder, sources, ports)
        stamp.write_text(key, encoding="utf-8")
