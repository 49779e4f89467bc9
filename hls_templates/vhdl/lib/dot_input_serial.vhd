-- dot_input_serial: constant linear map that accumulates its inputs as they arrive (input-serial binding).
--
-- A DSP owns one (output, lane) pair and multiplies what its lane carries, phase after phase, by that phase's
-- weight; the bias enters at the C port with phase 0; results leave in parallel.
--
-- Equation:  sum(o) = bias(o) + SUM over l, p of x(l, p) * weight(o, l, p),  modulo 2**ACCUM_BITS
--            o = output, l = lane, p = phase
-- Present:   PRESENT(o * LANES + l) = 1: the DSP exists; 0: its weights are all zero, no hardware. An output
--            without any DSP is its bias.
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, IN_BITS each, signed codes when IN_SIGNED = 1
--            WEIGHTS = rows of OUTPUTS*LANES*WEIGHT_BITS bits, row p for phase p; the weight of (o, l) at bit
--                      (o*LANES+l)*WEIGHT_BITS
--            BIAS = | output OUTPUTS-1 | ... | output 0 |, ACCUM_BITS each; sums alike, signed
-- Latency:   PHASES + 2 + ceil(log2 LANES): sum_valid and all sums, in that one cycle only.
-- II:        PHASES
-- Cost:      one DSP48E1 per PRESENT; LUTs for the weights (at most one LUT6 per weight bit up to 64 phases)
--            and the adder trees; flip-flops for the trees, the phase and the valid chain.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity dot_input_serial is
  generic (
    LANES       : positive;
    IN_BITS     : positive;
    IN_SIGNED   : natural range 0 to 1;
    OUTPUTS     : positive;
    PHASES      : positive;
    WEIGHT_BITS : positive;
    ACCUM_BITS  : positive;
    PRESENT     : integer_vector;
    WEIGHTS     : std_logic_vector;
    BIAS        : std_logic_vector
  );
  port (
    clk       : in  std_logic;
    rst       : in  std_logic;
    valid     : in  std_logic;
    x         : in  std_logic_vector(LANES * IN_BITS - 1 downto 0);
    sum_valid : out std_logic;
    sums      : out std_logic_vector(OUTPUTS * ACCUM_BITS - 1 downto 0)
  );
end entity dot_input_serial;

architecture rtl of dot_input_serial is

  constant SLICES        : positive := OUTPUTS * LANES;
  constant ROM_WIDTH     : positive := SLICES * WEIGHT_BITS;
  constant OPERAND_WIDTH : positive := operand_bits(IN_BITS, IN_SIGNED);
  constant PHASE_WIDTH   : positive := phase_bits(PHASES);
  constant M_STAGE       : positive := 2;
  constant TAPS          : positive := M_STAGE + 1;

  constant PRESENT_FITS : boolean := require(PRESENT'length = SLICES,
    "dot_input_serial: PRESENT has " & integer'image(PRESENT'length) & " entries, OUTPUTS * LANES is "
    & integer'image(SLICES));
  constant WEIGHTS_FIT  : boolean := require(WEIGHTS'length = PHASES * ROM_WIDTH,
    "dot_input_serial: WEIGHTS has " & integer'image(WEIGHTS'length)
    & " bits, PHASES * OUTPUTS * LANES * WEIGHT_BITS is " & integer'image(PHASES * ROM_WIDTH));
  constant BIAS_FITS    : boolean := require(BIAS'length = OUTPUTS * ACCUM_BITS,
    "dot_input_serial: BIAS has " & integer'image(BIAS'length) & " bits, OUTPUTS * ACCUM_BITS is "
    & integer'image(OUTPUTS * ACCUM_BITS));

  constant EXISTS : integer_vector(0 to SLICES - 1) := PRESENT;

  -- The slice of every output that adds the bias: its first one present, else SLICES.
  function bias_slices (table : integer_vector) return integer_vector is
    variable chosen : integer_vector(0 to OUTPUTS - 1) := (others => SLICES);
  begin
    for o in 0 to OUTPUTS - 1 loop
      for l in LANES - 1 downto 0 loop
        if table(o * LANES + l) = 1 then
          chosen(o) := o * LANES + l;
        end if;
      end loop;
    end loop;
    return chosen;
  end function bias_slices;

  constant BIAS_SLICE : integer_vector(0 to OUTPUTS - 1) := bias_slices(EXISTS);

  signal phase     : std_logic_vector(TAPS * PHASE_WIDTH - 1 downto 0);
  signal tap_valid : std_logic_vector(TAPS - 1 downto 0);
  signal operands  : std_logic_vector(LANES * OPERAND_WIDTH - 1 downto 0);
  signal weight    : std_logic_vector(ROM_WIDTH - 1 downto 0);
  signal biases    : std_logic_vector(OUTPUTS * ACCUM_BITS - 1 downto 0);
  signal partial   : std_logic_vector(SLICES * ACCUM_BITS - 1 downto 0);

begin

  sequencer : entity work.phase_sequencer
    generic map (
      PHASES => PHASES,
      TAPS   => TAPS
    )
    port map (
      clk       => clk,
      rst       => rst,
      valid     => valid,
      phase     => phase,
      tap_valid => tap_valid
    );

  rom : entity work.weight_rom
    generic map (
      DEPTH    => PHASES,
      WIDTH    => ROM_WIDTH,
      CONTENTS => WEIGHTS
    )
    port map (
      address => phase(PHASE_WIDTH - 1 downto 0),
      data    => weight
    );

  bias_rom : entity work.weight_rom
    generic map (
      DEPTH    => 1,
      WIDTH    => OUTPUTS * ACCUM_BITS,
      CONTENTS => BIAS
    )
    port map (
      address => "0",
      data    => biases
    );

  lane : for l in 0 to LANES - 1 generate
    operands((l + 1) * OPERAND_WIDTH - 1 downto l * OPERAND_WIDTH) <= std_logic_vector(
      to_operand(x((l + 1) * IN_BITS - 1 downto l * IN_BITS), IN_SIGNED, OPERAND_WIDTH));
  end generate lane;

  output : for o in 0 to OUTPUTS - 1 generate
    signal sum : std_logic_vector(ACCUM_BITS - 1 downto 0);
  begin

    slice : for l in 0 to LANES - 1 generate
      constant I : natural := o * LANES + l;
    begin

      filled : if EXISTS(I) = 1 generate
        signal slice_bias : std_logic_vector(ACCUM_BITS - 1 downto 0);
      begin

        biased : if I = BIAS_SLICE(o) generate
          slice_bias <= biases((o + 1) * ACCUM_BITS - 1 downto o * ACCUM_BITS);
        end generate biased;

        unbiased : if I /= BIAS_SLICE(o) generate
          slice_bias <= (others => '0');
        end generate unbiased;

        dsp : entity work.mac_accumulator
          generic map (
            OPERAND_BITS => OPERAND_WIDTH,
            WEIGHT_BITS  => WEIGHT_BITS,
            ACCUM_BITS   => ACCUM_BITS
          )
          port map (
            clk     => clk,
            operand => operands((l + 1) * OPERAND_WIDTH - 1 downto l * OPERAND_WIDTH),
            weight  => weight((I + 1) * WEIGHT_BITS - 1 downto I * WEIGHT_BITS),
            first   => tap_valid(M_STAGE),
            bias    => slice_bias,
            sum     => partial((I + 1) * ACCUM_BITS - 1 downto I * ACCUM_BITS)
          );

      end generate filled;

      empty : if EXISTS(I) /= 1 generate
        partial((I + 1) * ACCUM_BITS - 1 downto I * ACCUM_BITS) <= (others => '0');
      end generate empty;

    end generate slice;

    tree : entity work.adder_tree
      generic map (
        INPUTS => LANES,
        BITS   => ACCUM_BITS
      )
      port map (
        clk => clk,
        x   => partial((o + 1) * LANES * ACCUM_BITS - 1 downto o * LANES * ACCUM_BITS),
        y   => sum
      );

    computed : if BIAS_SLICE(o) < SLICES generate
      sums((o + 1) * ACCUM_BITS - 1 downto o * ACCUM_BITS) <= sum;
    end generate computed;

    constant_output : if BIAS_SLICE(o) = SLICES generate
      sums((o + 1) * ACCUM_BITS - 1 downto o * ACCUM_BITS) <= biases(
        (o + 1) * ACCUM_BITS - 1 downto o * ACCUM_BITS);
    end generate constant_output;

  end generate output;

  to_sum : entity work.valid_delay
    generic map (
      CYCLES => input_serial_latency(PHASES, LANES) - M_STAGE
    )
    port map (
      clk     => clk,
      rst     => rst,
      valid   => tap_valid(M_STAGE),
      y_valid => sum_valid
    );

end architecture rtl;
