"""What ``--help`` shows beside a command's options: a line in the list of commands, and command lines to start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Help:
    """Help for one command.

    Attributes:
        short: At most 60 characters, for the list of commands.
        examples: Command lines, each for another need.
    """

    short: str
    examples: tuple[str, ...]

    @property
    def epilog(self) -> str:
        """The examples as typer prints them: a line each, not refilled."""
        return "\n".join(["\b", "Examples:", *(f"  {line}" for line in self.examples)])


HELP: Mapping[str, Help] = {
    "init": Help(
        "Write a commented design.yaml for a model.",
        ("bxnn init tagger.keras", "bxnn init model.json --weights model.h5 -o tagger.yaml"),
    ),
    "calibrate": Help(
        "Choose number formats for a float model from events.",
        (
            "bxnn calibrate tagger.keras --events train.npz -c design.yaml",
            "bxnn calibrate tagger.keras --events train.npz --bits 6 -o formats.yaml",
            "bxnn calibrate tagger.keras --events train.npz --budget dsp=200,latency_ns=150 -o formats.yaml",
        ),
    ),
    "compile": Help(
        "Write firmware, emulator, bench and report for a model.",
        (
            "bxnn compile tagger.h5 -c design.yaml -o build/tagger",
            "bxnn compile architecture.json --weights weights.h5 -c design.yaml -o build/tagger",
            "bxnn compile --hls4ml-config config.yml -o build/tagger",
        ),
    ),
    "simulate": Help(
        "Simulate the VHDL; compare every bit and cycle.",
        (
            "bxnn simulate build/tagger --input events.npz --events 500",
            "bxnn simulate build/tagger --simulator verilator --events 10000 --junit simulate.xml",
            "bxnn simulate build/tagger --quick --events 20 --waves tagger.fst",
        ),
    ),
    "csim": Help(
        "Run the HLS C++ with g++; compare every element.",
        ("bxnn csim build/tagger --input events.npz", "bxnn csim build/tagger --events 1000 --seed 7"),
    ),
    "synthesize": Help(
        "Count DSPs, LUTs, FFs and paths with GHDL and yosys.",
        ("bxnn synthesize build/tagger", "bxnn synthesize build/tagger --junit synthesize.xml --verbose"),
    ),
    "timing": Help(
        "Put a vendor tool's reports beside the prediction.",
        ("bxnn timing build/tagger --vivado timing_summary.rpt", "bxnn timing build/tagger --quartus top.sta.summary"),
    ),
    "verify": Help(
        "Compare all engines on many events, on all cores.",
        (
            "bxnn verify build/tagger --events 100000",
            "bxnn verify build/tagger --input events.npz --engines cpp,hls,verilator,ghdl",
            "bxnn verify build/tagger --events 100000000 --cluster tls://scheduler:8786",
        ),
    ),
    "flip": Help(
        "Flip bits in the running VHDL; see outputs heal.",
        ("bxnn flip build/tagger --flips 10000", "bxnn flip build/tagger --flips 10000 --junit flip.xml"),
    ),
    "prove": Help(
        "Prove the VHDL by SAT; certify that no sum overflows.",
        ("bxnn prove build/tagger", "bxnn prove build/tagger --junit prove.xml"),
    ),
    "check": Help(
        "Check a build against its limits and a baseline.",
        (
            "bxnn check build/tagger --max-latency-ns 150 --max-dsp 300",
            "bxnn check build/tagger --baseline main/report.json --growth 0.02 --junit check.xml",
        ),
    ),
    "diff": Help(
        "Show what changed between two builds.",
        ("bxnn diff main/tagger build/tagger", "bxnn diff main/report.json build/report.json --html diff.html"),
    ),
    "package": Help(
        "Write a build as a firmware repository takes it.",
        (
            "bxnn package build/tagger --for vivado -o firmware/tagger",
            "bxnn package build/tagger --for hog -o firmware/tagger --check",
        ),
    ),
    "weights": Help(
        "Write the register writes that load new weights.",
        (
            "bxnn weights build/tagger retrained.h5 -o weights.hex",
            "bxnn weights build/tagger model.json --weights retrained.h5 -o weights.hex",
        ),
    ),
    "predict": Help(
        "Compute the firmware's outputs, bit for bit.",
        (
            "bxnn predict build/tagger --input events.npz --output scores.npy",
            "bxnn predict build/tagger --input events.npz --output scores.npy --engine cpp",
        ),
    ),
    "report": Help("Render report.html and report.md again.", ("bxnn report build/tagger",)),
    "sweep": Help(
        "Schedule a model at many points; plot latency and cost.",
        ("bxnn sweep tagger.h5 -c sweep.yaml -o build/sweep",),
    ),
    "search": Help(
        "Train networks inside a hardware budget; verify the best.",
        (
            "bxnn search events.npz -c search.yaml -o build/search",
            "bxnn search events.npz -c search.yaml -o build/search --trials 200 --cluster tls://scheduler:8786",
        ),
    ),
    "doctor": Help(
        "Show what is installed, and how to install the rest.",
        ("bxnn doctor", "bxnn doctor --json"),
    ),
    "completion": Help(
        "Print the completion script for bash, zsh or fish.",
        (
            "bxnn completion bash > ~/.local/share/bash-completion/completions/bxnn",
            "bxnn completion zsh > ~/.zfunc/_bxnn",
            "bxnn completion fish > ~/.config/fish/completions/bxnn.fish",
        ),
    ),
}
