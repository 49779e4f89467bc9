"""``bxnn compile --hls4ml-config``: hls4ml's YAML, each key honoured or refused, and its own reader of Keras files."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bxnn.compiler.config.design_config import DesignConfig, check_config
from bxnn.compiler.config.strict_yaml import read_mapping
from bxnn.compiler.errors import ConfigError, InputError, ModelError
from bxnn.compiler.frontend.file_kinds import other_kind
from bxnn.compiler.frontend.hls4ml.hls4ml_config import check_hls_config, check_names
from bxnn.compiler.frontend.model_file import check_file
from bxnn.compiler.hls4ml_backend import NAME
from bxnn.compiler.hls4ml_backend.compile import compile_model_graph
from bxnn.compiler.hls4ml_backend.ignored_keys import IGNORED, KERAS_MODEL_TAG, check_accelerator, ignored, part_of
from bxnn.compiler.installing import not_installed
from bxnn.compiler.ir.notices import IgnoredKey
from bxnn.compiler.nearest import unknown
from bxnn.compiler.report import ReportModel

_HONOURED = ("KerasJson", "KerasH5", "OutputDir", "ProjectName", "Part", "Board", "ClockPeriod", "IOType", "HLSConfig")
_WRITTEN_BY_HLS4ML = ("Stamp", "InputShapes", "OutputShapes")  # in the YAML of a project; they request nothing

# Keys that cannot be honoured: values that request nothing, and advice.
_REFUSED: Mapping[str, tuple[tuple[Any, ...], str]] = {
    "OnnxModel": ((None,), f"convert it in Python: convert_from_onnx_model(..., backend={NAME!r})"),
    "PytorchModel": ((None,), f"convert it in Python: convert_from_pytorch_model(..., backend={NAME!r})"),
    "ProjectDir": ((None,), "write OutputDir"),
}
_ADDED_BY_HLS4ML = ("_alpha", "_scale", "_depthwise", "_pointwise")  # names of nodes made by its optimizer


def compile_configuration(
    path: Path,
    model: Path | None,
    weights: Path | None,
    design: Mapping[str, Any] | None,
    folder: Path | None,
    force: bool = False,
) -> ReportModel:
    """Compile what an hls4ml configuration describes.

    Args:
        path: hls4ml's YAML.
        model: ``.json`` or ``.h5``; ``None`` if the YAML names it.
        weights: Weights of a ``.json``.
        design: The contents of a design.yaml.
        folder: The build folder; ``None`` takes OutputDir.
        force: Whether files that were changed after bxnn wrote them may be replaced.

    Raises:
        InputError: Naming the key, layer or file that is wrong; nothing is written.
    """
    subject = path.name
    config = read_mapping(path, subject, (KERAS_MODEL_TAG,))
    notices = check_configuration(subject, config)
    files = _files(subject, config, model, weights)
    folder = folder or (Path(config["OutputDir"]) if config.get("OutputDir") else None)
    if folder is None:
        raise ConfigError(subject, "has no OutputDir; add it, or name the build with -o BUILD")
    hls_config = config.get("HLSConfig") or {}
    options = {
        **{key: config.get(key) for key in _HONOURED},
        "Backend": NAME,
        "OutputDir": str(folder),
        "ProjectName": config.get("ProjectName") or "myproject",
        "IOType": config.get("IOType") or "io_parallel",
        "HLSConfig": _with_defaults(hls_config),
        "Part": part_of(config),
        "KerasH5": str(files[1] or files[0]),
    }
    options |= {"KerasJson": str(files[0])} if files[1] else {}
    if not files[1]:
        del options["KerasJson"]
    return compile_model_graph(_model_graph(files[0], options), folder, _design(design), files, notices, force)


def check_configuration(subject: str, config: Mapping[str, Any]) -> tuple[IgnoredKey, ...]:
    """Check the keys of hls4ml's YAML.

    Returns:
        What is ignored, since it does not change what the firmware computes.

    Raises:
        ConfigError: Naming the first key that is unknown or cannot be honoured.
    """
    known = (*_HONOURED, *_REFUSED, *_WRITTEN_BY_HLS4ML, *IGNORED)
    for key, value in config.items():
        if key not in known:
            raise ConfigError(subject, f"key {key!r} {unknown(key, known)}")
        if key in _REFUSED and value not in _REFUSED[key][0]:
            raise ConfigError(subject, f"{key} {value!r} is not supported; {_REFUSED[key][1]}")
    for key in ("KerasJson", "KerasH5", "OutputDir", "ProjectName", "Part", "Board", "IOType"):
        if config.get(key) is not None and not isinstance(config[key], str):
            raise ConfigError(subject, f"{key} {config[key]!r} is not a string")
    hls_config = config.get("HLSConfig")
    if hls_config is not None and not isinstance(hls_config, Mapping):
        raise ConfigError(subject, f"HLSConfig {hls_config!r} is not a mapping of keys to values")
    check_accelerator(subject, config.get("AcceleratorConfig"))
    return (*ignored(subject, config), *check_hls_config(hls_config or {}))


def _files(
    subject: str, config: Mapping[str, Any], model: Path | None, weights: Path | None
) -> tuple[Path, Path | None]:
    """Model and weights, from the command line or from the YAML."""
    named = [Path(config[key]) for key in ("KerasJson", "KerasH5") if config.get(key)]
    if model is None and not named and config.get("KerasModel"):
        problem = f"KerasModel {config['KerasModel']!r} is not supported"
        raise ConfigError(subject, f"{problem}; save the model as .h5 and give it as KerasH5 or on the command line")
    if model is None and not named:
        raise ConfigError(subject, "does not name a model; add KerasH5, or give MODEL on the command line")
    if model is not None and named:
        raise ConfigError(subject, f"names the model {named[0].name}, and so does the command line; keep one")
    files = [path for path in (model, weights) if path is not None] or named
    if (other := other_kind(files[0])) is not None:
        raise ModelError(files[0].name, other)
    if files[0].suffix not in (".json", ".h5", ".hdf5"):
        raise ModelError(files[0].name, "is not a .json or .h5 file, which is what hls4ml reads")
    if files[0].suffix == ".json" and len(files) == 1:
        raise ModelError(files[0].name, "holds no weights; add KerasH5, or give them with --weights W.h5")
    for file in files:
        check_file(file)
    return files[0], files[1] if len(files) == 2 else None


def _with_defaults(hls_config: Mapping[str, Any]) -> dict[str, Any]:
    """HLSConfig with the defaults of ``convert_from_keras_model`` in hls4ml 1.3.0."""
    model = dict(hls_config.get("Model") or {})
    precision = model.get("Precision") or "fixed<16,6>"
    if isinstance(precision, Mapping):
        precision = {"default": "fixed<16,6>", **precision}
    model |= {"Precision": precision, "ReuseFactor": model.get("ReuseFactor") or 1, "TraceOutput": False}
    return {key: value for key, value in hls_config.items() if value} | {"Model": model}


def _design(raw: Mapping[str, Any] | None) -> DesignConfig | None:
    """A design.yaml in which the interval may be left to hls4ml's configuration."""
    if raw is None:
        return None
    checked = check_config({"initiation_interval": 1, **raw})
    return DesignConfig.model_construct(
        _fields_set={key for key in raw if key in DesignConfig.model_fields}, **dict(checked)
    )


def _model_graph(model: Path, options: dict[str, Any]) -> Any:
    """What hls4ml makes from the files; its messages are suppressed."""
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # hls4ml gets quantizers from QKeras, which needs Keras 2
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with contextlib.redirect_stdout(io.StringIO()), _silent_stderr():
            return _read(options)
    except InputError:
        raise
    except ImportError as error:
        raise not_installed((error.name or "hls4ml").partition(".")[0], "--hls4ml-config") from error
    except Exception as error:  # hls4ml may raise anything
        raise ModelError(model.name, f"hls4ml cannot read it ({type(error).__name__}: {error})") from error


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """Suppress what TensorFlow writes to the file descriptor when it is imported; exceptions pass through."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _read(options: dict[str, Any]) -> Any:
    reader = importlib.import_module("hls4ml.converters.keras_v2_to_hls")
    graph = importlib.import_module("hls4ml.model").ModelGraph
    architecture, weights = reader.get_model_arch(options)
    layers, inputs, outputs, _ = reader.parse_keras_model(architecture, weights)
    names = [layer["name"] for layer in layers]
    types = {layer["class_name"] for layer in layers}
    check_names(options["HLSConfig"], [name + end for name in names for end in ("", *_ADDED_BY_HLS4ML)], types)
    return graph.from_layer_list(options, layers, inputs, outputs)
