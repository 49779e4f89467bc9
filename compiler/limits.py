"""Every limit on what a file may require of bxnn; docs/limits.md lists them in words.

A file that exceeds one of these is refused in one line before it causes the work. The limits are far above what fits a
trigger's FPGA, and low enough that every refusal takes less than 2 s and 500 MB.
"""

from __future__ import annotations

# Model and weights files: the front ends.
MODEL_FILE_BYTES = 128 << 20  # of a file, and of the weights unpacked from a .keras file
MODEL_JSON_BYTES = 16 << 20
MODEL_JSON_VALUES = 1_000_000
MODEL_JSON_DEPTH = 100
MODEL_INTEGER = 1 << 62
LAYERS = 2_000
TENSOR_ELEMENTS = 1 << 20
TENSOR_RANK = 8

# HDF5: how often its bytes may be read.
HDF5_READS = 2_000_000
HDF5_DEPTH = 16
HDF5_RANK = 32
HDF5_COPIES = 2  # times the size of the file; small parts are read more than once, see HDF5_SMALL_BYTES
HDF5_SMALL_BYTES = 1 << 20

# Layers: what a network may cost to evaluate and lay out.
WINDOW_SIZE = 1 << 16  # along one axis; also for a stride and a dilation
WINDOW_TAPS = 1 << 24  # of a window in all its positions
NETWORK_MACS = 1 << 32  # of all convolutions and Dense layers, per event
FRAME_CONNECTIONS = 64_000_000  # pairs of an input and an output of one frame

# YAML: design.yaml, sweep.yaml, boards and hls4ml's configuration.
YAML_BYTES = 1 << 20
YAML_DEPTH = 16  # libyaml needs quadratic time in the depth of flow nesting
YAML_TEXT_CHARACTERS = 1000  # of a key or a value
SWEEP_POINTS = 10_000

# Events.
EVENTS_BYTES = 4 << 30  # of all arrays of a file, unpacked
EVENTS_ARRAYS = 1000

# The manifest of a build.
MANIFEST_BYTES = 64 << 20
MANIFEST_FILES = 1_000_000

# Hardware: loads of a control register if design.yaml does not say. Half of the fan-out from which a net costs a third
# of a period at 320 MHz.
MAX_FANOUT = 64
