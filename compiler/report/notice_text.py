"""The notices of a compilation as sentences, subject first."""

from __future__ import annotations

from collections.abc import Sequence

from bxnn.compiler.errors import InternalError
from bxnn.compiler.ir.notices import (
    BoundNotInForce,
    ClosesTypically,
    CloseThresholds,
    ConstantDecision,
    DeclaredResult,
    DeclaredTypesApplied,
    ElementsWithoutBits,
    HostQuantizes,
    IgnoredKey,
    IntervalRaised,
    LargeTable,
    LeftOut,
    Notice,
    ReuseLimit,
    TabulatedSoftmax,
    TwoPorts,
    UndecidedEntries,
)
from bxnn.compiler.ir.reasons import IgnoredReason, LeftOutReason
from bxnn.compiler.plural import counted

_SHOWN = 8  # codes of a list
_LEFT_OUT = {
    LeftOutReason.SAME_ORDER: "the outputs are its logits, which have the same order",
    LeftOutReason.LOGIT_OF_SCORE: (
        "the outputs are its logits, which have the same order: a score of 0.5 is a logit of 0, a score p one of "
        "ln(p / (1 - p))"
    ),
}
_IGNORED = {
    IgnoredReason.SOFTMAX_LEFT_OUT: "a softmax is left out of the firmware",
    IgnoredReason.NO_TABLES: "a softmax is left out of the firmware, which has no tables",
    IgnoredReason.CSIM_TRACES: "bxnn csim names the first wrong layer",
    IgnoredReason.ONE_BACKEND: "this command makes firmware with bxnn",
    IgnoredReason.MODEL_GIVEN: "the model is given by another key or on the command line",
    IgnoredReason.EVENTS_GIVEN: "give events to bxnn simulate --input",
    IgnoredReason.OUTPUTS_COMPUTED: "bxnn simulate computes what to expect itself",
    IgnoredReason.CLOCK_PERIOD: "ClockPeriod determines the clock",
    IgnoredReason.PART_ON_NO_BOARD: "its part is not that of any board; choose one with Board, or board in design.yaml",
    IgnoredReason.NO_WRAPPER: "the firmware has no accelerator wrapper",
    IgnoredReason.OWN_VERSION: "bxnn has its own version",
    IgnoredReason.OTHER_BACKENDS: "these are options of other back ends",
    IgnoredReason.PARALLEL_HINT: "initiation_interval decides how many positions are computed at once",
    IgnoredReason.ARRIVES_WHOLE: "vectors and several inputs arrive whole, as with 'io_parallel'",
    IgnoredReason.ARRIVES_IN_BEATS: "a whole image at once is too large: it arrives as with 'io_stream'",
    IgnoredReason.SAME_WINDOWS: "windows are formed by line buffers",
}


def notice_text(notice: Notice) -> str:
    """A notice in one line: ``pool (averagepool2d): design.yaml declares its result fixed<8,4>, RND, SAT``."""
    return f"{notice.subject}: {_predicate(notice)}"


def _predicate(notice: Notice) -> str:
    match notice:
        case LeftOut(kind=kind, reason=reason):
            return f"{kind} is left out of the firmware; {_LEFT_OUT[reason]}"
        case HostQuantizes(input_name=name):
            return f"the host applies this input quantizer; {name} carries its codes"
        case ElementsWithoutBits(elements=elements, total=total):
            return _without_bits(elements, total)
        case DeclaredResult(quantizer=given):
            return f"design.yaml declares its result {given.format}, {given.rounding.value}, {given.overflow.value}"
        case TabulatedSoftmax(error=error):
            return f"is computed by tables: before its rounding, no result is more than {error:.2g} off the exact one"
        case ConstantDecision(threshold=threshold):
            return f"threshold {threshold:g} decides nothing: every possible result lies on the same side of it"
        case TwoPorts(bits=bits, high=high, low=low):
            return f"{counted(bits, 'bit')} have two ports, {high} for the upper ones, {low} for the lower ones"
        case DeclaredTypesApplied(constants=constants, results=results):
            parts = (counted(constants, "constant"), counted(results, "result"))
            return f"declares the types of {parts[0]} and {parts[1]}; outputs are those of the float model, rounded"
        case ReuseLimit(asked=asked, used=used):
            return f"reuse_factor {asked} is an upper limit; it can use {used}"
        case IntervalRaised(asked=asked, used=used):
            return f"a frame takes {counted(used, 'cycle')}, not the {asked} of its pixels"
        case ClosesTypically(kind=kind, ns=ns, clock_mhz=mhz):
            return (
                "meets the clock only with typical delays of routes; with pessimistic ones a path of class "
                f"{kind} takes {ns:.3f} ns and closes at {mhz:.1f} MHz; lower the clock, or refuse such designs with "
                "timing: {estimate: pessimistic}"
            )
        case BoundNotInForce(key=key, bound=bound):
            return _bound(key, bound)
        case IgnoredKey(key=key, value=value, reason=ignored):
            return f"{' '.join(filter(None, (key, value)))} is ignored: {_IGNORED[ignored]}"
        case CloseThresholds(close=close, total=total):
            return f"{close} of {counted(total, 'threshold')} {_be(close)} closer than float32 resolves"
        case LargeTable(entries=entries, few_bits=bits):
            return f"its table of {entries} entries takes many LUTs; an input of {counted(bits, 'bit')} takes few"
        case UndecidedEntries(codes=codes, total=total):
            return _undecided(codes, total)
    raise InternalError(notice.subject, f"has a notice without words, {type(notice).__name__}")


def _be(number: int) -> str:
    return "is" if number == 1 else "are"


def _bound(key: str, bound: object) -> str:
    return (
        f"{key} quantized_relu: the file does not keep is_quantized_clip, which decides whether "
        f"relu_upper_bound={bound} applies; the model is compiled as Keras reloads it, with "
        "is_quantized_clip=True: the bound does not apply"
    )


def _without_bits(elements: Sequence[int], total: int) -> str:
    have, them = ("has", "it") if len(elements) == 1 else ("have", "them")
    found = f"{len(elements)} of {counted(total, 'element')} ({_listed(elements)}) {have} no bits"
    return f"{found}: nothing depends on {them}"


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:_SHOWN])) + (", ..." if len(numbers) > _SHOWN else "")


def _undecided(codes: Sequence[int], total: int) -> str:
    found = f"{len(codes)} of {total} entries of its table (code {_listed(codes)})"
    return f"{found} {_be(len(codes))} closer to two codes than float32 resolves"
