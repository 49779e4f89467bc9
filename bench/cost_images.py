"""Convolutional networks on which the cost model is calibrated, and others on which it is evaluated, in both forms."""

from __future__ import annotations

from bench.cost_designs import Design
from bench.image_chain import ImageChain
from bxnn.compiler.ir.graph import Graph


def streams_of_calibration() -> tuple[Design, ...]:
    """Small networks with sequencers, buffers, windows and collectors of many sizes; two to a hundred words."""
    halves = ImageChain((9, 8, 3), 35).depthwise((3, 3), None, (1, 1)).conv(4, (1, 1)).pool((2, 2))
    long = ImageChain((16, 16, 1), 39).conv(2, (3, 3)).pool((2, 2)).conv(3, (3, 3))
    return (
        _stream("pooled", ImageChain((8, 10, 1), 32, 5).conv(3, (3, 3), None, (1, 1)).pool((2, 2)).dense(6, 3), 60, 2),
        _stream("strided", ImageChain((11, 13, 1), 33).conv(4, (5, 5), (2, 2), (2, 2)).graph(), 200),
        _stream("dilated", ImageChain((12, 9, 2), 34, 4).conv(3, (2, 3), dilation=2).graph(), 150),
        _stream("depthwise", halves.conv(3, (2, 2)).dense(2), 100),
        _stream("block", ImageChain((4, 100, 3), 36).conv(3, (2, 2)).pool((1, 4)).dense(2), 500),
        _stream("uneven", ImageChain((6, 12, 1), 38, 8).conv(3, (3, 3), (1, 2), (1, 1)).dense(4), 40, 3),
        _stream("long", long.dense(4), 300),
        _stream("rows", ImageChain((5, 6, 3), 40, 7).conv(5, (2, 2)).graph(), 10, 6),
    )


def streams_of_validation() -> tuple[Design, ...]:
    """Other sizes, widths, windows and seeds."""
    halves = ImageChain((10, 9, 4), 55).depthwise((3, 3), None, (1, 1)).conv(5, (1, 1)).pool((2, 2))
    twice = ImageChain((18, 18, 1), 58, 5).conv(3, (3, 3), None, (1, 1)).pool((2, 2)).conv(4, (3, 3), None, (1, 1))
    same = ImageChain((12, 12, 1), 52, 5).conv(4, (5, 5), None, (2, 2)).pool((2, 2))
    sequence = ImageChain((48, 3), 57).conv(4, (5,), None, (2,)).pool((2,))
    return (
        _stream("10x10x2, 3x3", ImageChain((10, 10, 2), 51).conv(4, (3, 3)).dense(4), 140),
        _stream("12x12, 5x5 same, pool, 2 pixels", same.dense(8, 3), 80, 2),
        _stream("14x12x3, 3x3 stride 2, 8 bits", ImageChain((14, 12, 3), 53, 8).conv(4, (3, 3), (2, 2)).graph(), 200),
        _stream("13x11x2, 3x3 dilation 2", ImageChain((13, 11, 2), 54, 4).conv(3, (3, 3), dilation=2).graph(), 143),
        _stream("10x9x4, depthwise, two stages", halves.conv(4, (2, 2)).dense(3), 120),
        _stream("4x120x3, block RAM", ImageChain((4, 120, 3), 56).conv(4, (2, 3)).pool((1, 2)).dense(2), 600),
        _stream("sequence of 48x3, 2 pixels", sequence.dense(3), 40, 2),
        _stream("18x18, two stages same", twice.pool((3, 3)).dense(4), 400),
        _stream("2x300, image of registers", ImageChain((2, 300, 1), 59, 5).conv(2, (2, 3)).pool((1, 3)).graph(), 700),
    )


def images_of_validation() -> tuple[Design, ...]:
    """Frame-parallel."""
    depthwise = ImageChain((8, 8, 3), 62).depthwise((3, 3), (2, 2)).conv(4, (1, 1)).dense(4)
    again = ImageChain((7, 6, 2), 64).depthwise((3, 3), None, (1, 1)).pool((2, 2))
    return (
        Design("image 6x6x2, 3x3 same, pool, II 8", _same(61), 8),
        Design("image 8x8x3, depthwise stride 2, II 16", depthwise, 16),
        Design("image 7x6x2, depthwise same, II 12", again.conv(3, (1, 1)).dense(3), 12),
        Design("sequence of 16x2, LUT, II 1", ImageChain((16, 2), 63, 5).conv(3, (3,)).graph(), 1, {}, "lut"),
    )


def _same(seed: int) -> Graph:
    return ImageChain((6, 6, 2), seed).conv(4, (3, 3), None, (1, 1)).pool((2, 2)).dense(5)


def _stream(name: str, graph: Graph, initiation_interval: int, pixels_per_cycle: int = 1) -> Design:
    return Design(f"stream {name}", graph, initiation_interval, pixels_per_cycle=pixels_per_cycle)
