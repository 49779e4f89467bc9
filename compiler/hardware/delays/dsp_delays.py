"""Delays of a DSP slice with multiplier, pre-adder and post-adder (DSP48E1, DSP48E2), stage by stage."""

from __future__ import annotations

from bxnn.compiler.sourced import Ns, Sourced


class DspDelays(Sourced):
    """The stages between the registers of a slice; without a register, its neighbours are in one path.

    Attributes:
        setup_a: A or D to its register.
        setup_b: B to its register.
        setup_c: C to its register.
        setup_control: OPMODE, ALUMODE, INMODE or CARRYIN to its register.
        setup_ce: Clock enables and resets.
        in_to_stage: An operand past its missing register.
        reg_clk: Clock to the output of an operand's register.
        preadd: Past, or through, the pre-adder.
        mult: Through the multiplier.
        m_transparent: Past the missing register of the product.
        m_clk: Clock to the output of the product's register.
        alu: Through the post-adder, from the product, C or OPMODE.
        pcin_to_alu: From PCIN through the post-adder.
        alu_to_p: From the post-adder to P without its register.
        alu_to_pcout: The same to PCOUT.
        setup_p: From the post-adder to the register of P.
        clk_p: Clock to P.
        clk_pcout: Clock to PCOUT.
    """

    setup_a: Ns
    setup_b: Ns
    setup_c: Ns
    setup_control: Ns
    setup_ce: Ns
    in_to_stage: Ns
    reg_clk: Ns
    preadd: Ns
    mult: Ns
    m_transparent: Ns
    m_clk: Ns
    alu: Ns
    pcin_to_alu: Ns
    alu_to_p: Ns
    alu_to_pcout: Ns
    setup_p: Ns
    clk_p: Ns
    clk_pcout: Ns
