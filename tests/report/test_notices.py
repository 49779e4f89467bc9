"""There is a sentence for every fact that the compiler records for the user."""

import pytest
from hypothesis import given

from bxnn.compiler.errors import InternalError
from bxnn.compiler.ir.notices import (
    NOTICE_TYPES,
    ClosesTypically,
    ElementsWithoutBits,
    HostQuantizes,
    IgnoredKey,
    IntervalRaised,
    LargeTable,
    LeftOut,
    Notice,
    ReuseLimit,
    TwoPorts,
)
from bxnn.compiler.ir.reasons import IgnoredReason, LeftOutReason
from bxnn.compiler.report.notice_text import notice_text
from tests.ir.strategies import notices


@given(notices())
def test_every_notice_has_words(notice: Notice) -> None:
    assert notice_text(notice).startswith(f"{notice.subject}: ")


def test_every_notice_is_listed() -> None:
    assert set(NOTICE_TYPES) == set(Notice.__subclasses__())


def test_every_reason_has_words_of_its_own() -> None:
    found: list[Notice] = [LeftOut("y (softmax)", "softmax", reason) for reason in LeftOutReason]
    found += [IgnoredKey("HLSConfig", "Key", "1", reason) for reason in IgnoredReason]
    assert len({notice_text(notice) for notice in found}) == len(LeftOutReason) + len(IgnoredReason)


@pytest.mark.parametrize(
    ("notice", "text"),
    [
        (
            HostQuantizes("q (activation)", "x"),
            "q (activation): the host applies this input quantizer; x carries its codes",
        ),
        (ElementsWithoutBits("x", (1, 4), 16), "x: 2 of 16 elements (1, 4) have no bits: nothing depends on them"),
        (
            TwoPorts("fc", 81, "fc_high", "fc_low", 0),
            "fc: 81 bits have two ports, fc_high for the upper ones, fc_low for the lower ones",
        ),
        (IntervalRaised("IOType", 16, 21), "IOType: a frame takes 21 cycles, not the 16 of its pixels"),
        (ReuseLimit("fc (dense)", 8, 4), "fc (dense): reuse_factor 8 is an upper limit; it can use 4"),
        (
            ClosesTypically("y (lookup)", "data", 3.4054, 278.98),
            "y (lookup): meets the clock only with typical delays of routes; with pessimistic ones a path of class "
            "data takes 3.405 ns and closes at 279.0 MHz; lower the clock, or refuse such designs with timing: "
            "{estimate: pessimistic}",
        ),
        (
            IgnoredKey("hls.yml", "AcceleratorConfig", "", IgnoredReason.NO_WRAPPER),
            "hls.yml: AcceleratorConfig is ignored: the firmware has no accelerator wrapper",
        ),
        (
            LargeTable("y (lookup)", 512, 8),
            "y (lookup): its table of 512 entries takes many LUTs; an input of 8 bits takes few",
        ),
        (
            IgnoredKey("hls.yml", "InputData", "'x.npy'", IgnoredReason.EVENTS_GIVEN),
            "hls.yml: InputData 'x.npy' is ignored: give events to bxnn simulate --input",
        ),
    ],
)
def test_words(notice: Notice, text: str) -> None:
    assert notice_text(notice) == text


def test_a_notice_without_words_is_an_internal_error() -> None:
    with pytest.raises(InternalError) as caught:
        notice_text(Notice("y"))
    assert str(caught.value) == "y: has a notice without words, Notice"
