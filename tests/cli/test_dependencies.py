"""The core dependencies suffice to import everything that compiling and predicting need."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import packages_distributions, requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CODE = """
import importlib, json, pkgutil, sys
import bxnn
from bxnn import boards, compiler, layers
for package in (boards, compiler, layers):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.startswith("bxnn.compiler.hls4ml_backend.bxnn_"):  # classes derived from hls4ml's own
            importlib.import_module(module.name)
import bxnn.sim.events, bxnn.sim.reference
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def core_distributions() -> set[str]:
    """Distributions installed by ``pip install bxnn`` without extras."""
    found, waiting = set[str](), ["bxnn"]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for text in requires(name) or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(canonicalize_name(requirement.name))
    return found


def test_core_dependencies_are_enough() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    owners = packages_distributions()
    imported = {canonicalize_name(owner) for name in json.loads(done.stdout) for owner in owners.get(name, ())[:1]}
    assert imported - core_distributions() - {"setuptools"} == set()
