"""Delays of nets before placement: dedicated ones by their wire, the others by their fan-out."""

from __future__ import annotations

from bxnn.compiler.hardware.delays.fabric_delays import FabricDelays
from bxnn.sim.timing.elements import Delay, fixed
from bxnn.sim.timing.flat_netlist import FlatNetlist


class Routes:
    """The delay from the pin that drives a net to a pin that reads it, including whatever precedes that pin.

    Args:
        netlist: The netlist.
        delays: Delays of the device.
    """

    def __init__(self, netlist: FlatNetlist, delays: FabricDelays) -> None:
        self.netlist, self.delays = netlist, delays
        self._by_fan_out: dict[int, Delay] = {}

    def general(self, net: int) -> Delay:
        """A net through the fabric."""
        fan_out = max(self.netlist.fan_out(net), 1)
        if fan_out not in self._by_fan_out:
            route = self.delays.route
            self._by_fan_out[fan_out] = Delay(route.ns(fan_out, "typical"), route.ns(fan_out, "pessimistic"))
        driver = self.netlist.drivers.get(net)
        leaves_carry = driver is not None and driver.is_carry
        return self._by_fan_out[fan_out].plus(self.delays.carry.o_to_out if leaves_carry else 0.0)

    def to_wide_multiplexer(self, net: int) -> Delay:
        """To a data input of a MUXF7 or MUXF8; a LUT or multiplexer that drives nothing else is placed before it."""
        return fixed(self.delays.bound.local_ff) if self._local(net) else self.general(net)

    def to_carry(self, net: int, port: str) -> Delay:
        """To S, DI, CYINIT or CI from outside; a net without a LUT of its own passes through one on its way to S."""
        driver = self.netlist.drivers.get(net)
        if port == "S":
            if driver is not None and driver.is_lut and self.netlist.fan_out(net) == 1:
                return fixed(self.delays.lut_to_carry)
            return self.general(net).plus(self.delays.lut.mean + self.delays.lut_to_carry)
        return self.general(net)

    def to_flip_flop(self, net: int) -> Delay:
        """To the D of a flip-flop; a cell that drives nothing else shares its site."""
        driver = self.netlist.drivers.get(net)
        if driver is not None and driver.is_carry and self.netlist.fan_out(net) == 1:
            return fixed(self.delays.carry.o_to_ff)
        if self._local(net):
            return fixed(self.delays.lut_to_ff)
        return self.general(net).plus(self.delays.ff.bypass)

    def _local(self, net: int) -> bool:
        driver = self.netlist.drivers.get(net)
        in_site = driver is not None and (driver.is_lut or driver.kind in ("MUXF7", "MUXF8"))
        return in_site and self.netlist.fan_out(net) == 1
