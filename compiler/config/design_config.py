"""design.yaml: the user's decisions about the hardware, checked against a schema."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from bxnn.compiler.config.axi_config import AxiStreamConfig
from bxnn.compiler.config.budget_config import Budget as Budget
from bxnn.compiler.config.conflicts import check_conflicts
from bxnn.compiler.config.ensemble_config import EnsembleConfig
from bxnn.compiler.config.formats_file import read_formats
from bxnn.compiler.config.latency_config import LatencyConfig
from bxnn.compiler.config.messages import all_problems
from bxnn.compiler.config.output_forms import FORMS, read_forms
from bxnn.compiler.config.reset_config import ResetConfig
from bxnn.compiler.config.section import Section
from bxnn.compiler.config.strict_yaml import parse_mapping, read_mapping
from bxnn.compiler.config.timing_config import TimingConfig
from bxnn.compiler.config.type_check import TYPED_PARTS, check_types
from bxnn.compiler.config.weights_config import WeightsConfig
from bxnn.compiler.config.written_types import read_quantizer
from bxnn.compiler.numeric.declared_types import DeclaredType, DeclaredTypes
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.output_form import OutputForm

SUBJECT = "design.yaml"
MAX_INITIATION_INTERVAL = 65536
MAX_TAG_BITS = 64
DEFAULT_BOARD = "xcvu9p"
DEFAULT_CLOCK_MHZ = 320.632  # 8 clocks per bunch crossing
DEFAULT_INITIATION_INTERVAL = 8  # without design.yaml: every bunch crossing

Strategy = Literal["auto", "dsp", "lut"]
BindingChoice = Literal["output_serial", "output_switched", "input_serial", "input_joined"]
Packing = Literal["auto", "none"]
LayerPacking = Literal["none", 2, 3, 4]
DspForm = Literal["inferred", "instantiated"]
NetworkForm = Literal["auto", "frame_parallel", "streaming"]
LayerForm = Literal["frame_parallel", "streaming"]

_Identifier = Annotated[
    str, Field(max_length=64, pattern=r"^[A-Za-z](_?[A-Za-z0-9])*$", description="a legal VHDL identifier")
]
_BINDINGS = "output_serial, output_switched, input_serial or input_joined"
_SPEED_GRADE = 'a speed grade in quotes such as "2" or "2LV", without a hyphen'
_AXI_STREAM = "a mapping of beat_bytes, stall_cycles to numbers; {} for their defaults"
_PREFIX = r"^([A-Za-z](_?[A-Za-z0-9])*_?)?$"
_Count = Annotated[int, Field(ge=1, le=1 << 31, description="an integer of at least 1")]
_Type = Annotated[str, Field(max_length=80, description='a type such as "fixed<8,4,RND_CONV,SAT>"')]
_Forms = Annotated[tuple[OutputForm, ...], BeforeValidator(read_forms), Field(description=FORMS)]


class LayerConfig(Section):
    """Choices for one layer; ``None`` leaves the choice to the scheduler.

    Attributes:
        strategy: What performs the multiplications.
        reuse_factor: MACs that one multiplier performs per event.
        binding: Which of the bindings.
        cascade: Longest DSP cascade of an output-serial binding; lanes of a cascade of input_joined.
        adders_per_stage: Largest number of adders between two registers of an adder graph (strategy lut).
        form: On tiles while the image arrives, or on the whole frame, as all layers after it.
        output: Number format to which the result is rounded, after the layer's activation.
        kernel: Number format of the weights.
        bias: Number format of the bias.
        scale: Number format of the factors of a batch normalization.
        shift: Number format of what a batch normalization adds.
        packing: Products per DSP.
    """

    strategy: Strategy | None = Field(default=None, description="auto, dsp or lut")
    reuse_factor: _Count | None = None
    binding: BindingChoice | None = Field(default=None, description=_BINDINGS)
    cascade: _Count | None = None
    adders_per_stage: _Count | None = None
    form: LayerForm | None = Field(default=None, description="frame_parallel or streaming")
    output: _Type | None = None
    kernel: _Type | None = None
    bias: _Type | None = None
    scale: _Type | None = None
    shift: _Type | None = None
    packing: LayerPacking | None = Field(default=None, description="none, 2, 3 or 4")

    @property
    def is_type_only(self) -> bool:
        """Whether it declares number formats and nothing else."""
        return self.model_fields_set <= set(TYPED_PARTS)


class DesignConfig(Section):
    """The whole of design.yaml.

    Attributes:
        name: Name of the top entity; ``None`` takes the model's name.
        board: A name from boards/, or a file of the same form, whose name ends in ``.yaml``.
        part: Full part number of the board's device; ``None`` takes the board's.
        speed_grade: Speed grade of the part, such as ``2`` or ``2LV``; ``None`` takes that of the part number.
        clock_mhz: Clock frequency in MHz.
        initiation_interval: Cycles between accepted events; with several channels, between those of a channel.
        channels: Sources of events that take turns, with the same weights.
        strategy: What performs the multiplications if the layer does not say.
        form: Whether the image arrives with the event or a few pixels per cycle.
        pixels_per_cycle: Pixels per beat in the streaming form; ``None`` takes as few as the II allows.
        packing: Whether DSPs form several products at a time if the layer does not say.
        dsp: Whether the synthesis tool infers the DSP slices, or the VHDL instantiates the device's.
        budget: Upper limits.
        inputs: Number format of network inputs by name, as spelled in the file.
        outputs: Ports of network outputs by name; one with the values for an output that is not named.
        layers: Choices by layer name.
        formats: A file with number formats, as ``bxnn calibrate`` writes it; what is declared here takes precedence.
        spacing_error: Whether the top entity has a port that reports an event that arrived too early.
        tag_bits: Width of a tag that travels with the event (bunch crossing, channel); 0 for none.
        reset: Kind of the reset at the port.
        latency: To which results are delayed; ``None`` for no delay.
        axi_stream: A wrapper with AXI4-Stream beside the network; ``None`` for none.
        weights: Layers whose weights are loaded at run time; ``None`` for none.
        ensemble: Networks with other weights that see the same events; ``None`` for a single network.
        library: VHDL library of packages; ``None`` takes the name of the top entity.
        prefix: Put before the names of all units in packages; empty for none.
        timing: How the hardware is made to meet the clock.
    """

    name: _Identifier | None = None
    board: str = Field(default=DEFAULT_BOARD, description="the name of a board")
    part: str | None = Field(default=None, max_length=60, description="a full part number")
    speed_grade: str | None = Field(default=None, max_length=4, description=_SPEED_GRADE)
    clock_mhz: float = Field(default=DEFAULT_CLOCK_MHZ, ge=1, le=2000, description="a number of MHz from 1 to 2000")
    initiation_interval: int = Field(
        ge=1, le=MAX_INITIATION_INTERVAL, description=f"an integer from 1 to {MAX_INITIATION_INTERVAL}"
    )
    channels: int = Field(default=1, ge=1, le=1 << 16, description="an integer from 1 to 65536")
    strategy: Strategy = Field(default="auto", description="auto, dsp or lut")
    form: NetworkForm = Field(default="auto", description="auto, frame_parallel or streaming")
    pixels_per_cycle: _Count | None = None
    packing: Packing = Field(default="auto", description="auto or none")
    dsp: DspForm = Field(default="inferred", description="inferred or instantiated")
    budget: Budget = Field(default=Budget(), description="a mapping of dsp, lut, latency_ns to limits")
    inputs: dict[str, _Type] = Field(default={}, description="a mapping of input names to types")
    outputs: dict[str, _Forms] = Field(default={}, description=f"a mapping of output names to {FORMS}")
    layers: dict[str, LayerConfig] = Field(default={}, description="a mapping of layer names to choices")
    formats: str | None = Field(default=None, max_length=4096, description="the name of a file with number formats")
    spacing_error: bool = Field(default=False, description="true or false")
    tag_bits: int = Field(default=0, ge=0, le=MAX_TAG_BITS, description=f"an integer from 0 to {MAX_TAG_BITS}")
    reset: ResetConfig = Field(default=ResetConfig(), description="a mapping of active, asynchronous to choices")
    latency: LatencyConfig | None = Field(default=None, description="a mapping of cycles or bx to a number")
    axi_stream: AxiStreamConfig | None = Field(default=None, description=_AXI_STREAM)
    weights: WeightsConfig | None = Field(default=None, description="a mapping of layers, bus to choices")
    ensemble: EnsembleConfig | None = Field(default=None, description="a mapping of members, cores to numbers")
    library: _Identifier | None = None
    prefix: str = Field(default="", max_length=32, pattern=_PREFIX, description="the start of a VHDL identifier")
    timing: TimingConfig = Field(
        default=TimingConfig(),
        description="a mapping of margin, estimate, max_fanout, input_register, output_register, held_input to choices",
    )

    @property
    def core_interval(self) -> int:
        """Cycles between events of the core, which takes one of each channel in turn."""
        return self.initiation_interval // self.channels

    @property
    def members(self) -> int:
        """Networks that see the same event."""
        return 1 if self.ensemble is None else self.ensemble.members

    @property
    def turns(self) -> int:
        """Members of an ensemble that take turns on a core."""
        return 1 if self.ensemble is None else self.ensemble.turns

    @property
    def core_tag_bits(self) -> int:
        """Bits of the tag: as written, or as many as the number of a channel needs."""
        return self.tag_bits or ceil_log2(self.channels)

    def input_quantizers(self) -> Mapping[str, FixedQuantizer]:
        """What the host does to real-valued inputs, by input name.

        Raises:
            ConfigError: Naming the input whose type is wrong.
        """
        parsed = {name: read_quantizer(f"{SUBJECT}: inputs: {name}", text) for name, text in self.inputs.items()}
        return MappingProxyType(parsed)

    def declared_types(self) -> DeclaredTypes:
        """All declared types, with those of the file ``formats`` for what has none here.

        Raises:
            ConfigError: Naming the layer whose type is wrong, or if the file cannot be read.
        """
        layers = {
            name: {
                part: DeclaredType((read_quantizer(f"{SUBJECT}: layers: {name}: {part}", text),))
                for part in TYPED_PARTS
                if (text := getattr(choice, part)) is not None
            }
            for name, choice in self.layers.items()
        }
        inputs = {name: DeclaredType((quantizer,)) for name, quantizer in self.input_quantizers().items()}
        own = DeclaredTypes(inputs, {name: parts for name, parts in layers.items() if parts})
        return own if self.formats is None else own.over(read_formats(Path(self.formats)))


def load_config(path: Path | None) -> DesignConfig:
    """Read design.yaml; without one, an event every bunch crossing at 320.632 MHz.

    Raises:
        ConfigError: Naming the key that is wrong and its allowed values, or the nearest key if it is unknown.
    """
    if path is None:
        return DesignConfig(initiation_interval=DEFAULT_INITIATION_INTERVAL)
    return check_config(read_mapping(path, SUBJECT), folder=path.parent)


def parse_config(text: str) -> DesignConfig:
    """Like ``load_config`` for a text."""
    return check_config(parse_mapping(text, SUBJECT))


def check_config(raw: Mapping[str, Any], subject: str = SUBJECT, folder: Path | None = None) -> DesignConfig:
    """The configuration of a mapping, checked.

    Args:
        raw: The contents of the file.
        subject: How error messages name the file.
        folder: Where the file is, from which ``formats`` and the file of a board are looked up; by default, here.

    Raises:
        ConfigError: As ``load_config``.
    """
    try:
        config = DesignConfig.model_validate(raw)
    except ValidationError as error:
        raise all_problems(subject, DesignConfig, error) from error
    if config.formats is not None:
        config = config.model_copy(update={"formats": str((folder or Path()) / config.formats)})
    if config.board.endswith((".yaml", ".yml")):
        config = config.model_copy(update={"board": str((folder or Path()) / config.board)})
    check_types(config.inputs, config.layers)
    config.declared_types()
    check_conflicts(config, subject)
    return config
