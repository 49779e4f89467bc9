"""Every kind of package by name."""

from __future__ import annotations

from bxnn.compiler.delivery.fusesoc_target import FuseSocTarget
from bxnn.compiler.delivery.hog_target import HogTarget
from bxnn.compiler.delivery.ipbb_target import IpbbTarget
from bxnn.compiler.delivery.quartus_target import QuartusTarget
from bxnn.compiler.delivery.target import Target
from bxnn.compiler.delivery.vhdl_target import VhdlTarget
from bxnn.compiler.delivery.vivado_target import VivadoTarget

TARGETS: dict[str, type[Target]] = {
    target.name: target for target in (VivadoTarget, QuartusTarget, HogTarget, IpbbTarget, FuseSocTarget, VhdlTarget)
}
