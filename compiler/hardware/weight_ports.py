"""The ports through which weights are loaded at run time, by bus."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WeightPort:
    """One port.

    Attributes:
        name: At the top entity.
        inside: At the entity that it leads to.
        bits: Its width; ``None`` for a std_logic.
        is_input: Whether it is an input.
        text: What it is.
    """

    name: str
    inside: str
    bits: int | None
    is_input: bool
    text: str

    @property
    def kind(self) -> str:
        """Its VHDL type."""
        return "std_logic" if self.bits is None else f"std_logic_vector({self.bits - 1} downto 0)"

    @property
    def idle(self) -> str:
        """Its value if nothing is connected."""
        return "'0'" if self.bits is None else "(others => '0')"


def _input(name: str, inside: str, bits: int | None, text: str) -> WeightPort:
    return WeightPort(name, inside, bits, True, text)


def _output(name: str, inside: str, bits: int | None, text: str) -> WeightPort:
    return WeightPort(name, inside, bits, False, text)


_PORT = (
    _input("weights_write", "write", None, "write to a register; taken in a cycle with weights_ready"),
    _input("weights_address", "address", 3, "number of the register that is read or written"),
    _input("weights_write_data", "write_data", 32, "what is written"),
    _output("weights_ready", "ready", None, "writes are taken"),
    _output("weights_read_data", "read_data", 32, "what the register holds, in the same cycle"),
)
_AXI_LITE = (
    _input("s_axil_awaddr", "awaddr", 5, "AXI4-Lite: byte address of a write"),
    _input("s_axil_awvalid", "awvalid", None, "AXI4-Lite"),
    _output("s_axil_awready", "awready", None, "AXI4-Lite"),
    _input("s_axil_wdata", "wdata", 32, "AXI4-Lite: what is written"),
    _input("s_axil_wstrb", "wstrb", 4, "AXI4-Lite: all ones"),
    _input("s_axil_wvalid", "wvalid", None, "AXI4-Lite"),
    _output("s_axil_wready", "wready", None, "AXI4-Lite"),
    _output("s_axil_bresp", "bresp", 2, "AXI4-Lite"),
    _output("s_axil_bvalid", "bvalid", None, "AXI4-Lite"),
    _input("s_axil_bready", "bready", None, "AXI4-Lite"),
    _input("s_axil_araddr", "araddr", 5, "AXI4-Lite: byte address of a read"),
    _input("s_axil_arvalid", "arvalid", None, "AXI4-Lite"),
    _output("s_axil_arready", "arready", None, "AXI4-Lite"),
    _output("s_axil_rdata", "rdata", 32, "AXI4-Lite: what the register holds"),
    _output("s_axil_rresp", "rresp", 2, "AXI4-Lite"),
    _output("s_axil_rvalid", "rvalid", None, "AXI4-Lite"),
    _input("s_axil_rready", "rready", None, "AXI4-Lite"),
)
_IPBUS = (
    _input("ipb_addr", "ipb_addr", 32, "IPbus: word address, of which the lowest 3 bits count"),
    _input("ipb_wdata", "ipb_wdata", 32, "IPbus"),
    _input("ipb_strobe", "ipb_strobe", None, "IPbus"),
    _input("ipb_write", "ipb_write", None, "IPbus"),
    _output("ipb_rdata", "ipb_rdata", 32, "IPbus"),
    _output("ipb_ack", "ipb_ack", None, "IPbus"),
    _output("ipb_err", "ipb_err", None, "IPbus: never"),
)
WEIGHT_PORTS: dict[str, tuple[WeightPort, ...]] = {"": (), "port": _PORT, "axi-lite": _AXI_LITE, "ipbus": _IPBUS}
ADDRESS_STEPS = {"port": 1, "axi-lite": 4, "ipbus": 1}  # from a register to the next, as a bus counts addresses
ADAPTERS = {"axi-lite": "bxnn_axi_lite", "ipbus": "bxnn_ipbus"}  # entities before the registers, by bus
