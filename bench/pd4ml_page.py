"""The page of what the shared tasks need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_INTRODUCTION = """# Shared tasks of fundamental physics in a trigger

Written by `python -m bench.pd4ml`. The tasks are those of pd4ml (L. Benato et al., arXiv:2107.00656); examples/pd4ml
reads their files where they have been downloaded, and generates events of the same shapes where not. The networks are
the published ones in Keras: for the histograms of 20x20 and 24x24 bins the reference models, and for jets of 100
four-vectors and air showers of 81 traces the fully connected network that is published for all tasks. The reference
models of these two are not built: ParticleNet looks for neighbours at run time, and the other one has bidirectional
LSTMs in all stations. None is trained here, because weights cost the same DSP slices whatever they are.

"""


@dataclass(frozen=True)
class Needs:
    """What a task needs.

    Attributes:
        task: Its name.
        macs: Multiplications per event of the published network.
        interval: Cycles from one event to the next of its smallest design in one device.
        latency_ns: Latency of that.
        dsp: DSP slices of that.
        dsp_share: The same as part of the device.
        lut: Look-up tables of that.
        devices: Devices that take an event each in turn, so that all bunch crossings are covered.
        slim: The best network of the search; ``None`` if none fits.
        real: Whether the events are those of pd4ml.
    """

    task: str
    macs: int
    interval: int
    latency_ns: float
    dsp: int
    dsp_share: float
    lut: int
    devices: int
    slim: Mapping[str, Any] | None
    real: bool


def page(found: Sequence[Needs], board: str, clock_mhz: float) -> str:
    """The page."""
    return _INTRODUCTION + "\n".join([*_published(found, board, clock_mhz), "", *_searched(found)]) + "\n"


def _published(found: Sequence[Needs], board: str, clock_mhz: float) -> Iterator[str]:
    yield "## The published networks"
    yield ""
    yield f"The shortest interval that fits one {board} at {clock_mhz} MHz, with 6 bits and `strategy: dsp`, predicted."
    yield "At 40 MHz there is an event every 8 cycles: as many devices as are listed take one event each in turn."
    yield ""
    yield "| task | multiplications | interval, cycles | latency, ns | DSPs | of the device | LUTs | devices, 40 MHz |"
    yield "|---|---|---|---|---|---|---|---|"
    for one in found:
        yield (
            f"| {one.task} | {one.macs:,} | {one.interval:,} | {one.latency_ns:,.0f} | {one.dsp:,} "
            f"| {one.dsp_share:.0%} | {one.lut:,} | {one.devices} |"
        )


def _searched(found: Sequence[Needs]) -> Iterator[str]:
    yield "## An event in every bunch crossing"
    yield ""
    yield "The best network of `bxnn search` within half of the same device and 250 ns, of few trainings; its result is"
    yield "that of the firmware on test events, with its statistical error."
    yield ""
    yield "| task | events | network | multiplications | result | latency, ns | DSPs | LUTs | trained, refused |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for one in found:
        events = "pd4ml" if one.real else "generated"
        if one.slim is None:
            yield f"| {one.task} | {events} | none fits | | | | | | |"
            continue
        slim = one.slim
        of = "" if slim["spread"] is None else f" of a spread of {slim['spread']:.3g}"
        yield (
            f"| {one.task} | {events} | {slim['network']} | {slim['macs']:,} "
            f"| {slim['objective']} {slim['value']:.3g} ± {slim['error']:.2g}{of} "
            f"| {slim['latency_ns']:.1f} | {slim['dsp']:,} | {slim['lut']:,} "
            f"| {slim['trained']}, {slim['refused']} |"
        )
