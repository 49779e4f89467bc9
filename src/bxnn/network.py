"""A compiled network in Python: ``bxnn.load("build/tagger")``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from bxnn.compiler.report import ReportModel
    from bxnn.sim.beat_packing import BeatPacker
    from bxnn.sim.float_comparison import FloatComparison
    from bxnn.sim.reference import Reference
    from bxnn.sim.traced_layer import TracedLayer

    Values = NDArray[Any] | Mapping[str, NDArray[Any]]
    Outputs = NDArray[np.float64] | dict[str, NDArray[np.float64]]


class Network:
    """A compiled network.

    It stands for the build that its folder contained when opened. If something else is compiled into that folder,
    all its methods raise an InputError, and ``bxnn.load`` opens the new build. Compiling the same again does not
    matter.

    Attributes:
        build: Its build folder.
    """

    def __init__(self, build: str | PathLike[str]) -> None:
        from bxnn.compiler.backend.build_folder import Build
        from bxnn.compiler.backend.build_identity import BuildIdentity

        self.build = Build(Build.open(Path(build)).folder.absolute())  # valid even after a change of directory
        self._identity = BuildIdentity(self.build)

    @property
    def reference(self) -> Reference:
        """The integer reference, which defines every output bit."""
        self._check()
        return self._reference

    @property
    def report(self) -> ReportModel:
        """The report as stored on disk."""
        from bxnn.compiler.report import load_report

        self._check()
        return load_report(self.build.report)

    def predict(self, values: Values) -> Outputs:
        """Real-valued outputs, float64: an array for one output, else arrays by name.

        Args:
            values: Real-valued inputs, batch axis first: an array for one input, else arrays by name.

        Raises:
            InputError: If a shape is wrong.
        """
        from bxnn.sim.events import check_values

        reference = self.reference
        found = reference.predict(check_values(values, reference))
        return next(iter(found.values())) if len(found) == 1 else found

    def trace(self, values: Values) -> dict[str, TracedLayer]:
        """What every layer of the firmware computes, bit for bit: its integer codes and the numbers they stand for.

        Args:
            values: As for ``predict``.

        Returns:
            Inputs and layers in the order of the network, by their names in the model file; a layer that the compiler
            has added, such as the quantizer ``fc1_result``, has its name in ``BUILD/ir``.

        Raises:
            InputError: If a shape is wrong.
        """
        from bxnn.sim.events import check_values
        from bxnn.sim.traced_layer import traced_layers

        reference = self.reference
        return traced_layers(reference, check_values(values, reference))

    def compare(self, model: Any, values: Values, labels: NDArray[Any] | None = None) -> FloatComparison:
        """The firmware against the model itself, which its framework runs in a separate process.

        Args:
            model: A file of Keras or ONNX, or a live Keras model.
            values: As for ``predict``.
            labels: Classes of the events, for accuracies.

        Raises:
            InputError: If no framework runs it, or what it needs is not installed.
        """
        from bxnn.sim.events import check_values
        from bxnn.sim.live_comparison import compared

        reference = self.reference
        return compared(model, reference, check_values(values, reference), labels)

    def plot_timeline(self, ax: Axes | None = None) -> Axes:
        """Which layer is busy in which cycle of an event; needs matplotlib, as all plots."""
        from bxnn.compiler.report.plots import plot_timeline

        return plot_timeline(self.report, ax)

    def plot_resources(self, ax: Axes | None = None) -> Axes:
        """DSPs, LUTs and flip-flops of each layer, as shares of the network's."""
        from bxnn.compiler.report.plots import plot_resources

        return plot_resources(self.report, ax)

    def plot_ranges(self, values: Values, ax: Axes | None = None) -> Axes:
        """What each layer computes for some events, against the range and the resolution of its format.

        Args:
            values: As for ``predict``.
            ax: Where to draw; a new figure by default.
        """
        from bxnn.compiler.layer_ranges import layer_ranges
        from bxnn.compiler.report.plots import plot_ranges
        from bxnn.sim.events import check_values

        reference = self.reference
        return plot_ranges(layer_ranges(reference, check_values(values, reference))[1], ax)

    def plot_roc(self, values: Values, labels: NDArray[Any], ax: Axes | None = None) -> Axes:
        """Efficiency of each class against the share of other events that pass.

        Args:
            values: As for ``predict``.
            labels: Class numbers or one-hot vectors, one per event.
            ax: Where to draw; a new figure by default.

        Raises:
            InputError: If the labels are not those of a classifier with one output.
        """
        from bxnn.compiler.accuracy_on_events import labelled_classes
        from bxnn.compiler.report.plots import plot_roc
        from bxnn.sim.events import check_values

        reference = self.reference
        return plot_roc(labelled_classes(reference, check_values(values, reference), labels), ax)

    @property
    def packer(self) -> BeatPacker:
        """Packs codes of events into the beats of a streaming input, and unpacks them.

        Raises:
            InputError: If the input is frame-parallel.
        """
        from bxnn.compiler.hardware.port_interface import Interface
        from bxnn.sim.beat_packing import BeatPacker

        port = Interface.load(self.build.interface).inputs[0]
        return BeatPacker(port, self.reference.tensors[port.name].shape)

    def __repr__(self) -> str:
        return f"<bxnn.Network {self.report.brief} in {str(self.build.folder)!r}>"

    def _repr_html_(self) -> str:
        return self.report._repr_html_()

    @cached_property
    def _reference(self) -> Reference:
        from bxnn.compiler.backend.build_folder import Build
        from bxnn.sim.reference import Reference

        found = Reference(Build.open(self.build.folder).graph)
        self._check()  # keep nothing that may have been read from another build
        return found

    def _check(self) -> None:
        self._identity.check("open it with bxnn.load()")
