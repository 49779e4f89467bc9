-- bxnn_dot_input_serial: constant linear map that accumulates its inputs as they arrive (input-serial binding).
--
-- A DSP owns one (output, lane) pair and multiplies what its lane carries, phase after phase, by that phase's
-- weight; the bias enters at the C port with phase 0; results leave in parallel.
--
-- Equation:  sum(o) = SUM over l of (bias(o, l) + SUM over p of x(l, p) * weight(o, l, p)),
--            o = output, l = lane, p = phase,  modulo 2**ACCUM_BITS
-- Packed:    with PRODUCTS > 1 every DSP forms as many products, LANE_BITS apart, of one input and neighbouring
--            outputs; o is then a group of PRODUCTS outputs (the last group may have fewer), and its weight the
--            word SUM over i of w(i) * 2**(i*LANE_BITS). See unpack_lanes for what BIAS must hold on top.
-- Present:   PRESENT(o * LANES + l) = 1: the DSP exists; 0: its weights are all zero, no hardware, and the sum is
--            its bias.
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, IN_BITS each, signed codes when IN_SIGNED = 1
--            WEIGHTS = rows of GROUPS*LANES*WEIGHT_BITS bits, GROUPS = ceil(OUTPUTS / PRODUCTS), row p for phase
--                      p; the weight of (o, l) at bit (o*LANES+l)*WEIGHT_BITS
--            BIAS = the constants that start the sums, of (o, l) at bit (o*LANES+l)*PRODUCTS*LANE_BITS
--            sums = | output OUTPUTS-1 | ... | output 0 |, ACCUM_BITS each, signed
-- Latency:   PHASES + 2 + ceil(log2 LANES): sum_valid and all sums, in that one cycle only.
-- II:        PHASES
-- Cost:      one DSP48E1 per PRESENT; LUTs for the weights (at most one LUT6 per weight bit up to 64 phases)
--            and the adder trees; flip-flops for the trees, the phase and the valid chain.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_dot_input_serial is
  generic (
    LANES       : positive;             -- elements of x that come in one cycle
    IN_BITS     : positive;             -- bits of an element of x
    IN_SIGNED   : natural range 0 to 1; -- 1: x is two's complement; 0: unsigned
    OUTPUTS     : positive;             -- sums
    PHASES      : positive;             -- cycles over which x comes
    PRODUCTS    : positive := 1;        -- products that a DSP forms at once
    LANE_BITS   : positive;             -- bits from one packed product to the next
    WEIGHT_BITS : positive;             -- bits of a weight
    ACCUM_BITS  : positive;             -- bits of a sum
    PRESENT     : integer_vector;       -- 1: this DSP exists; 0: it does not
    WEIGHTS     : std_logic_vector;     -- see above: row after row
    BIAS        : std_logic_vector      -- see above: what starts the sums
  );
  port (
    clk       : in  std_logic;
    rst       : in  std_logic;
    valid     : in  std_logic;
    x         : in  std_logic_vector(LANES * IN_BITS - 1 downto 0);
    sum_valid : out std_logic;
    sums      : out std_logic_vector(OUTPUTS * ACCUM_BITS - 1 downto 0)
  );
end entity bxnn_dot_input_serial;

architecture rtl of bxnn_dot_input_serial is

  constant GROUPS        : positive := (OUTPUTS + PRODUCTS - 1) / PRODUCTS;
  constant SLICES        : positive := GROUPS * LANES;
  constant ROM_WIDTH     : positive := SLICES * WEIGHT_BITS;
  constant SUM_BITS      : positive := PRODUCTS * LANE_BITS;
  constant OPERAND_WIDTH : positive := operand_bits(IN_BITS, IN_SIGNED);
  constant PHASE_WIDTH   : positive := phase_bits(PHASES);
  constant M_STAGE       : positive := 2;
  constant TAPS          : positive := M_STAGE + 1;

  constant PRESENT_FITS : boolean := require(PRESENT'length = SLICES,
    "bxnn_dot_input_serial: PRESENT has " & integer'image(PRESENT'length) & " entries, GROUPS * LANES is "
    & integer'image(SLICES));
  constant WEIGHTS_FIT  : boolean := require(WEIGHTS'length = PHASES * ROM_WIDTH,
    "bxnn_dot_input_serial: WEIGHTS has " & integer'image(WEIGHTS'length)
    & " bits, PHASES * GROUPS * LANES * WEIGHT_BITS is " & integer'image(PHASES * ROM_WIDTH));
  constant BIAS_FITS    : boolean := require(BIAS'length = SLICES * SUM_BITS,
    "bxnn_dot_input_serial: BIAS has " & integer'image(BIAS'length) & " bits, GROUPS * LANES * PRODUCTS * LANE_BITS is "
    & integer'image(SLICES * SUM_BITS));

  constant EXISTS : integer_vector(0 to SLICES - 1) := PRESENT;

  signal phase     : std_logic_vector(TAPS * PHASE_WIDTH - 1 downto 0);
  signal tap_valid : std_logic_vector(TAPS - 1 downto 0);
  signal operands  : std_logic_vector(LANES * OPERAND_WIDTH - 1 downto 0);
  signal weight    : std_logic_vector(ROM_WIDTH - 1 downto 0);
  signal biases    : std_logic_vector(SLICES * SUM_BITS - 1 downto 0);
  signal partial   : std_logic_vector(SLICES * PRODUCTS * ACCUM_BITS - 1 downto 0);

begin

  sequencer : entity work.bxnn_phase_sequencer
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

  rom : entity work.bxnn_weight_rom
    generic map (
      DEPTH    => PHASES,
      WIDTH    => ROM_WIDTH,
      CONTENTS => WEIGHTS
    )
    port map (
      address => phase(PHASE_WIDTH - 1 downto 0),
      data    => weight
    );

  bias_rom : entity work.bxnn_weight_rom
    generic map (
      DEPTH    => 1,
      WIDTH    => SLICES * SUM_BITS,
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

  slice : for i in 0 to SLICES - 1 generate
    signal word : std_logic_vector(SUM_BITS - 1 downto 0);
  begin

    filled : if EXISTS(i) = 1 generate
      dsp : entity work.bxnn_mac_accumulator
        generic map (
          OPERAND_BITS => OPERAND_WIDTH,
          WEIGHT_BITS  => WEIGHT_BITS,
          ACCUM_BITS   => SUM_BITS
        )
        port map (
          clk     => clk,
          operand => operands((i mod LANES + 1) * OPERAND_WIDTH - 1 downto (i mod LANES) * OPERAND_WIDTH),
          weight  => weight((i + 1) * WEIGHT_BITS - 1 downto i * WEIGHT_BITS),
          first   => tap_valid(M_STAGE),
          bias    => biases((i + 1) * SUM_BITS - 1 downto i * SUM_BITS),
          sum     => word
        );
    end generate filled;

    empty : if EXISTS(i) /= 1 generate
      word <= biases((i + 1) * SUM_BITS - 1 downto i * SUM_BITS);
    end generate empty;

    lanes_of_slice : entity work.bxnn_unpack_lanes
      generic map (
        LANES      => PRODUCTS,
        LANE_BITS  => LANE_BITS,
        ACCUM_BITS => ACCUM_BITS
      )
      port map (
        word => word,
        sums => partial((i + 1) * PRODUCTS * ACCUM_BITS - 1 downto i * PRODUCTS * ACCUM_BITS)
      );

  end generate slice;

  output : for o in 0 to OUTPUTS - 1 generate
    signal addends : std_logic_vector(LANES * ACCUM_BITS - 1 downto 0);
  begin

    addend : for l in 0 to LANES - 1 generate
      constant FROM : natural := ((o / PRODUCTS) * LANES + l) * PRODUCTS + o mod PRODUCTS;
    begin
      addends((l + 1) * ACCUM_BITS - 1 downto l * ACCUM_BITS) <= partial(
        (FROM + 1) * ACCUM_BITS - 1 downto FROM * ACCUM_BITS);
    end generate addend;

    tree : entity work.bxnn_adder_tree
      generic map (
        INPUTS => LANES,
        BITS   => ACCUM_BITS
      )
      port map (
        clk => clk,
        x   => addends,
        y   => sums((o + 1) * ACCUM_BITS - 1 downto o * ACCUM_BITS)
      );

  end generate output;

  to_sum : entity work.bxnn_valid_delay
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
