"""The LHC bunch clock: the only module that knows how long a bunch crossing lasts."""

from __future__ import annotations

# RF frequency 400.789715 MHz at 7 TeV per beam, one bunch slot every 10 RF periods.
# Source: LHC Design Report, vol. I, CERN-2004-003-V-1, chapter 6 (400.79 MHz, spacing 24.95 ns).
LHC_CLOCK_MHZ = 40.0789715
BX_NS = 1000.0 / LHC_CLOCK_MHZ
_NOMINAL = 0.0025  # how far off nominal clocks may be, as a fraction: 40 MHz is 0.2 % below the LHC clock


def clocks_per_bx(clock_mhz: float) -> float:
    """Clock cycles per bunch crossing; 8 at 320.632 MHz."""
    return clock_mhz / LHC_CLOCK_MHZ


def whole_clocks_per_bx(clock_mhz: float) -> int | None:
    """Clock cycles per bunch crossing if they are a whole number, ``None`` otherwise.

    Nominal clocks, multiples of 40 MHz, count as the multiples of the LHC clock for which they stand.
    """
    exact = clocks_per_bx(clock_mhz)
    whole = round(exact)
    return whole if whole and abs(exact - whole) <= _NOMINAL * whole else None


def cycles_to_ns(cycles: int, clock_mhz: float) -> float:
    """Duration of clock cycles in nanoseconds."""
    return cycles * 1000.0 / clock_mhz
