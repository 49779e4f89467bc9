-- bxnn_dot_input_joined: constant linear map that accumulates its inputs as they arrive, several lanes in a cascade.
--
-- As bxnn_dot_input_serial, but the slices of JOINED neighbouring lanes are a cascade, and only its last slice
-- accumulates: the slices before it pass on their products, which it adds to its own product and sum. A tree over the
-- cascades of each output remains.
--
-- Equation:  sum(o) = SUM over s of (bias(o, s) + SUM over p and the lanes l of s of x(l, p) * weight(o, l, p)),
--            o = output, s = l / JOINED = cascade, p = phase,  modulo 2**ACCUM_BITS
-- Packed:    as in bxnn_dot_input_serial; a group has one constant per cascade.
-- Present:   PRESENT(o * LANES + l) = 1: the DSP exists; 0: its weights are all zero, and there is no hardware. The DSPs
--            of a cascade that exist follow each other; the last one is always in position JOINED-1.
-- Position:  0: operand and weight have one register in the slice; 1: they have two; 2: they are also a cycle late: x has
--            a register, and the rows of weights are turned by one, since row 0 follows the last row.
--
--            x(l) --------------------------> position 0 --> PCIN of 1
--            x(l + 1) -> register in slice -> position 1 --> PCIN of 2
--            x(l + 2) -> register -> register in slice -> position 2, own sum
--
-- Copies:    COLUMNS_PER_COPY consecutive cascades o*SEGMENTS+s share a copy of the signal that starts their sums; see
--            weight_rom for COUNTER_REGISTERS and READERS.
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, IN_BITS each, signed codes when IN_SIGNED = 1
--            WEIGHTS = rows of GROUPS*LANES*WEIGHT_BITS bits, GROUPS = ceil(OUTPUTS / PRODUCTS), row p for phase p; the
--                      weight of (o, l) at bit (o*LANES+l)*WEIGHT_BITS
--            BIAS = the initial values of the sums, that of (o, s) at bit (o*SEGMENTS+s)*PRODUCTS*LANE_BITS,
--                   SEGMENTS = ceil(LANES / JOINED)
--            sums = | output OUTPUTS-1 | ... | output 0 |, ACCUM_BITS each, signed
-- Valid:     VALID_SHARES copies of valid, all equal to it and those of the first share lowest in valid_copies, start the
--            control of cascades; the counters of the weights that are read first, and of those a cycle later; those of what
--            starts sums without and with a register for valid.
-- Latency:   JOINED - 1 + input_serial_latency(PHASES, SEGMENTS, ...); then sum_valid and all sums, in this one cycle.
-- II:        PHASES
-- Cost:      one DSP48E2 per PRESENT; LUTs and flip-flops as in bxnn_dot_input_serial, for SEGMENTS leaves of each tree;
--            with JOINED = 3 a register for every third lane.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_dot_input_joined is
  generic (
    LANES               : positive;                                -- elements of x that arrive in one cycle
    IN_BITS             : positive;                                -- bits of an element of x
    IN_SIGNED           : natural range 0 to 1;                    -- 1: x is two's complement; 0: unsigned
    OUTPUTS             : positive;                                -- sums
    PHASES              : positive;                                -- cycles over which x arrives
    JOINED              : positive range 2 to 3;                   -- lanes of a cascade
    PRODUCTS            : positive               := 1;             -- products that a DSP forms at a time
    LANE_BITS           : positive;                                -- bits from one packed product to the next
    WEIGHT_BITS         : positive;                                -- bits of a weight
    ACCUM_BITS          : positive;                                -- bits of a sum
    MULTIPLIER_REGISTER : natural range 0 to 1   := 1;             -- 1: a register between multiplier and adder of a DSP
    LEVELS_PER_STAGE    : positive               := 1;             -- levels of a tree between two registers
    OPEN_LEVELS         : natural range 0 to 1   := 0;             -- levels after the last register
    NODE_BITS           : integer_vector         := (0 => 0);      -- bits of the nodes of the trees, as in bxnn_lane_sums
    OPMODE_REGISTER     : natural range 0 to 1   := 0;             -- 1: slices have a register for first (instantiated DSPs)
    COLUMNS_PER_COPY    : natural                := 0;             -- cascades that share their control; 0: all
    COUNTER_REGISTERS   : natural                := 0;             -- registers of weights that share a phase counter; 0: all
    READERS             : natural                := 0;             -- most bits of weights that a register drives; 0: any number
    PRESENT             : integer_vector;                          -- 1: this DSP exists; 0: it does not
    VALID_SHARES        : integer_vector(0 to 4) := (others => 0); -- copies of valid for each share; 0: valid itself
    WEIGHTS             : std_logic_vector;                        -- see above: row after row
    BIAS                : std_logic_vector                         -- see above: initial values of the sums
  );
  port (
    clk          : in  std_logic;
    rst          : in  std_logic;
    valid        : in  std_logic;
    x            : in  std_logic_vector(LANES * IN_BITS - 1 downto 0);
    valid_copies : in  std_logic_vector(max(1, total(VALID_SHARES)) - 1 downto 0) := (others => '0');
    sum_valid    : out std_logic;
    sums         : out std_logic_vector(OUTPUTS * ACCUM_BITS - 1 downto 0)
  );
end entity bxnn_dot_input_joined;

architecture rtl of bxnn_dot_input_joined is

  constant GROUPS        : positive := (OUTPUTS + PRODUCTS - 1) / PRODUCTS;
  constant SLICES        : positive := GROUPS * LANES;
  constant SEGMENTS      : positive := (LANES + JOINED - 1) / JOINED;
  constant COLUMNS       : positive := GROUPS * SEGMENTS;
  constant ROM_WIDTH     : positive := SLICES * WEIGHT_BITS;
  constant SUM_BITS      : positive := PRODUCTS * LANE_BITS;
  constant OPERAND_WIDTH : positive := operand_bits(IN_BITS, IN_SIGNED);
  -- Cycles from an event to that in which its first sum starts, and delays of valid: a slice may have one of them.
  constant START_STAGE : positive := MULTIPLIER_REGISTER + JOINED;
  constant TAPS        : positive := START_STAGE + 1 - OPMODE_REGISTER;
  -- Cascades that share a copy of the control, and such copies.
  constant COPY_COLUMNS : positive := chunk(COLUMNS, COLUMNS_PER_COPY);
  constant COPIES       : positive := (COLUMNS + COPY_COLUMNS - 1) / COPY_COLUMNS;

  constant PRESENT_FITS : boolean := require(PRESENT'length = SLICES,
    "bxnn_dot_input_joined: PRESENT has " & integer'image(PRESENT'length) & " entries, GROUPS * LANES is "
    & integer'image(SLICES));
  constant WEIGHTS_FIT  : boolean := require(WEIGHTS'length = PHASES * ROM_WIDTH,
    "bxnn_dot_input_joined: WEIGHTS has " & integer'image(WEIGHTS'length)
    & " bits, PHASES * GROUPS * LANES * WEIGHT_BITS is " & integer'image(PHASES * ROM_WIDTH));
  constant BIAS_FITS    : boolean := require(BIAS'length = COLUMNS * SUM_BITS,
    "bxnn_dot_input_joined: BIAS has " & integer'image(BIAS'length)
    & " bits, GROUPS * SEGMENTS * PRODUCTS * LANE_BITS is " & integer'image(COLUMNS * SUM_BITS));

  constant EXISTS : integer_vector(0 to SLICES - 1)                   := PRESENT;
  constant ROWS   : std_logic_vector(PHASES * ROM_WIDTH - 1 downto 0) := WEIGHTS;

  -- Slices of a cascade from a lane on.
  function slices_from (group_number, first_lane : natural) return natural is
    variable found : natural := 0;
  begin
    for l in first_lane to LANES - 1 loop
      if l / JOINED = first_lane / JOINED then
        found := found + EXISTS(group_number * LANES + l);
      end if;
    end loop;
    return found;
  end function slices_from;

  -- Lane of a slice of a cascade; place 0 is the first slice that exists.
  function lane_of (number, place : natural) return natural is
    constant FIRST_LANE : natural := (number mod SEGMENTS) * JOINED;
    variable passed     : natural := 0;
    variable found      : natural := FIRST_LANE;
  begin
    for l in FIRST_LANE to minimum(FIRST_LANE + JOINED, LANES) - 1 loop
      if EXISTS((number / SEGMENTS) * LANES + l) = 1 then
        if passed = place then
          found := l;
        end if;
        passed := passed + 1;
      end if;
    end loop;
    return found;
  end function lane_of;

  -- The rows of weights, those of slices in position 2 a row later: row 0 is theirs for the last phase.
  function rows_in_time return std_logic_vector is
    variable found : std_logic_vector(PHASES * ROM_WIDTH - 1 downto 0) := ROWS;
    variable place : natural;
    variable low   : natural;
  begin
    for i in 0 to SLICES - 1 loop
      if JOINED - slices_from(i / LANES, i mod LANES) = 2 then
        for p in 0 to PHASES - 1 loop
          place := p * SLICES + i;
          low   := ((p + 1) mod PHASES) * ROM_WIDTH + i * WEIGHT_BITS;

          found(low + WEIGHT_BITS - 1 downto low) := ROWS((place + 1) * WEIGHT_BITS - 1 downto place * WEIGHT_BITS);
        end loop;
      end if;
    end loop;
    return found;
  end function rows_in_time;

  signal tap_valid         : std_logic_vector(COPIES * TAPS - 1 downto 0);
  signal operands          : std_logic_vector(LANES * OPERAND_WIDTH - 1 downto 0);
  signal late_operands     : std_logic_vector(LANES * OPERAND_WIDTH - 1 downto 0);
  signal late_x            : std_logic_vector(LANES * IN_BITS - 1 downto 0) := (others => '0');
  signal weight            : std_logic_vector(ROM_WIDTH - 1 downto 0);
  signal biases            : std_logic_vector(COLUMNS * SUM_BITS - 1 downto 0);
  signal words             : std_logic_vector(COLUMNS * SUM_BITS - 1 downto 0);
  signal starts_of_control : std_logic_vector(max(1, VALID_SHARES(0)) - 1 downto 0);
  signal starts_of_weights : std_logic_vector(max(1, VALID_SHARES(1)) - 1 downto 0);

begin

  starts_of_control <= share_of(valid_copies, VALID_SHARES, 0);
  starts_of_weights <= share_of(valid_copies, VALID_SHARES, 1);

  sequencer : entity work.bxnn_phase_sequencer
    generic map (
      PHASES      => 1,
      TAPS        => TAPS,
      COPIES      => COPIES,
      VALID_COUNT => VALID_SHARES(0)
    )
    port map (
      clk          => clk,
      rst          => rst,
      valid        => valid,
      valid_copies => starts_of_control,
      phase        => open,
      tap_valid    => tap_valid
    );

  weight_rom : entity work.bxnn_weight_rom
    generic map (
      DEPTH             => PHASES,
      WIDTH             => ROM_WIDTH,
      COUNTER_REGISTERS => COUNTER_REGISTERS,
      READERS           => READERS,
      VALID_COUNT       => VALID_SHARES(1),
      CONTENTS          => rows_in_time
    )
    port map (
      clk          => clk,
      rst          => rst,
      valid        => valid,
      valid_copies => starts_of_weights,
      data         => weight
    );

  bias_rom : entity work.bxnn_weight_rom
    generic map (
      DEPTH             => 1,
      WIDTH             => COLUMNS * SUM_BITS,
      COUNTER_REGISTERS => COUNTER_REGISTERS,
      READERS           => READERS,
      CONTENTS          => BIAS
    )
    port map (
      clk   => clk,
      rst   => rst,
      valid => valid,
      data  => biases
    );

  delay : process (clk)
  begin
    if rising_edge(clk) then
      late_x <= x;
    end if;
  end process delay;

  lane : for l in 0 to LANES - 1 generate
    operands((l + 1) * OPERAND_WIDTH - 1 downto l * OPERAND_WIDTH)      <= std_logic_vector(
      to_operand(x((l + 1) * IN_BITS - 1 downto l * IN_BITS), IN_SIGNED, OPERAND_WIDTH));
    late_operands((l + 1) * OPERAND_WIDTH - 1 downto l * OPERAND_WIDTH) <= std_logic_vector(
      to_operand(late_x((l + 1) * IN_BITS - 1 downto l * IN_BITS), IN_SIGNED, OPERAND_WIDTH));
  end generate lane;

  column : for c in 0 to COLUMNS - 1 generate
    constant LENGTH : natural := slices_from(c / SEGMENTS, (c mod SEGMENTS) * JOINED);
  begin

    filled : if LENGTH > 0 generate
      signal column_operands : std_logic_vector(LENGTH * OPERAND_WIDTH - 1 downto 0);
      signal column_weights  : std_logic_vector(LENGTH * WEIGHT_BITS - 1 downto 0);
    begin

      position : for k in 0 to LENGTH - 1 generate
        constant SOURCE : natural := lane_of(c, k);
        constant SLICE  : natural := (c / SEGMENTS) * LANES + SOURCE;
      begin

        column_weights((k + 1) * WEIGHT_BITS - 1 downto k * WEIGHT_BITS) <=
          weight((SLICE + 1) * WEIGHT_BITS - 1 downto SLICE * WEIGHT_BITS);

        in_time : if JOINED - LENGTH + k < 2 generate
          column_operands((k + 1) * OPERAND_WIDTH - 1 downto k * OPERAND_WIDTH) <=
            operands((SOURCE + 1) * OPERAND_WIDTH - 1 downto SOURCE * OPERAND_WIDTH);
        end generate in_time;

        late : if JOINED - LENGTH + k = 2 generate
          column_operands((k + 1) * OPERAND_WIDTH - 1 downto k * OPERAND_WIDTH) <=
            late_operands((SOURCE + 1) * OPERAND_WIDTH - 1 downto SOURCE * OPERAND_WIDTH);
        end generate late;

      end generate position;

      dsps : entity work.bxnn_joined_macs
        generic map (
          LENGTH              => LENGTH,
          OPERAND_BITS        => OPERAND_WIDTH,
          WEIGHT_BITS         => WEIGHT_BITS,
          ACCUM_BITS          => SUM_BITS,
          FIRST_LATE          => minimum(JOINED - LENGTH, 1),
          MULTIPLIER_REGISTER => MULTIPLIER_REGISTER
        )
        port map (
          clk      => clk,
          first    => tap_valid((c / COPY_COLUMNS) * TAPS + TAPS - 1),
          operands => column_operands,
          weights  => column_weights,
          bias     => biases((c + 1) * SUM_BITS - 1 downto c * SUM_BITS),
          sum      => words((c + 1) * SUM_BITS - 1 downto c * SUM_BITS)
        );

    end generate filled;

    empty : if LENGTH = 0 generate
      words((c + 1) * SUM_BITS - 1 downto c * SUM_BITS) <= biases((c + 1) * SUM_BITS - 1 downto c * SUM_BITS);
    end generate empty;

  end generate column;

  totals : entity work.bxnn_lane_sums
    generic map (
      OUTPUTS          => OUTPUTS,
      TERMS            => SEGMENTS,
      PRODUCTS         => PRODUCTS,
      LANE_BITS        => LANE_BITS,
      ACCUM_BITS       => ACCUM_BITS,
      LEVELS_PER_STAGE => LEVELS_PER_STAGE,
      OPEN_LEVELS      => OPEN_LEVELS,
      NODE_BITS        => NODE_BITS
    )
    port map (
      clk   => clk,
      words => words,
      sums  => sums
    );

  to_sum : entity work.bxnn_valid_delay
    generic map (
      CYCLES => JOINED + input_serial_latency(PHASES, SEGMENTS, MULTIPLIER_REGISTER, LEVELS_PER_STAGE, OPEN_LEVELS)
                - TAPS
    )
    port map (
      clk     => clk,
      rst     => rst,
      valid   => tap_valid(TAPS - 1),
      y_valid => sum_valid
    );

end architecture rtl;
