-- bxnn_dot_input_serial: constant linear map that accumulates its inputs as they arrive (input-serial binding).
--
-- A DSP owns one (output, lane) pair and multiplies what its lane carries, phase after phase, by the weight of
-- that phase; the bias enters at the C port with phase 0; results leave in parallel.
--
-- Equation:  sum(o) = SUM over l of (bias(o, l) + SUM over p of x(l, p) * weight(o, l, p)),
--            o = output, l = lane, p = phase,  modulo 2**ACCUM_BITS
-- Packed:    with PRODUCTS > 1, each DSP forms PRODUCTS products, LANE_BITS apart, of one input and neighbouring
--            outputs; o is then a group of PRODUCTS outputs (the last group may have fewer), and its weight the
--            word SUM over i of w(i) * 2**(i*LANE_BITS). See bxnn_lane_sums for what BIAS must contain in addition.
-- Present:   PRESENT(o * LANES + l) = 1: the DSP exists; 0: its weights are all zero, there is no hardware, and
--            the sum is its bias.
-- Loading:   with LOADS = 1, memories take the place of the constants (see weight_bank): the words of all slices, then
--            the biases of BIAS_LOADED, of which each is loaded PHASES times; an event uses the bank that bank is in
--            the cycle before its valid. WEIGHTS and BIAS are what both banks start with.
-- Sets:      with SETS > 1, an event uses the weights and biases of the set that weight_set is from the second cycle
--            before its valid on, for PHASES cycles (see weight_rom). A slice that is not there has the same bias in all.
-- Copies:    SLICES_PER_COPY consecutive slices o*LANES+l share a copy of the signal that starts their sums; see
--            weight_rom for COUNTER_REGISTERS and READERS.
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, IN_BITS each, signed codes when IN_SIGNED = 1
--            WEIGHTS = rows of GROUPS*LANES*WEIGHT_BITS bits, GROUPS = ceil(OUTPUTS / PRODUCTS), row
--                      c*PHASES+p for phase p of set c; the weight of (o, l) at bit (o*LANES+l)*WEIGHT_BITS
--            BIAS = the initial values of the sums, that of (o, l) at bit (o*LANES+l)*PRODUCTS*LANE_BITS, set after set
--            sums = | output OUTPUTS-1 | ... | output 0 |, ACCUM_BITS each, signed
-- Valid:     VALID_SHARES copies of valid, all equal to it and those of the first share lowest in valid_copies, start the
--            control of slices; the counters of the weights that are read first, and of those a cycle later; those of what
--            starts sums without and with a register for valid.
-- Latency:   input_serial_latency(...): PHASES + 1, a cycle for MULTIPLIER_REGISTER, and the registers of the tree
--            over the lanes; then sum_valid and all sums, in this one cycle only.
-- II:        PHASES
-- Cost:      one DSP48E1 per PRESENT; LUTs for the weights (at most one LUT6 per weight bit up to 64 phases)
--            and the adder trees; flip-flops for the trees, the phase and the valid chain.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_dot_input_serial is
  generic (
    LANES               : positive;                                -- elements of x that arrive in one cycle
    IN_BITS             : positive;                                -- bits of an element of x
    IN_SIGNED           : natural range 0 to 1;                    -- 1: x is two's complement; 0: unsigned
    OUTPUTS             : positive;                                -- sums
    PHASES              : positive;                                -- cycles over which x arrives
    PRODUCTS            : positive               := 1;             -- products that a DSP forms at a time
    LANE_BITS           : positive;                                -- bits from one packed product to the next
    WEIGHT_BITS         : positive;                                -- bits of a weight
    ACCUM_BITS          : positive;                                -- bits of a sum
    MULTIPLIER_REGISTER : natural range 0 to 1   := 1;             -- 1: a register between multiplier and adder of a DSP
    LEVELS_PER_STAGE    : positive               := 1;             -- levels of a tree between two registers
    OPEN_LEVELS         : natural range 0 to 1   := 0;             -- levels after the last register
    NODE_BITS           : integer_vector         := (0 => 0);      -- bits of the nodes of the trees, as in bxnn_lane_sums
    OPMODE_REGISTER     : natural range 0 to 1   := 0;             -- 1: slices have a register for first (instantiated DSPs)
    SLICES_PER_COPY     : natural                := 0;             -- slices that share their control; 0: all
    COUNTER_REGISTERS   : natural                := 0;             -- registers of weights that share a phase counter; 0: all
    READERS             : natural                := 0;             -- most bits of weights that a register drives; 0: any number
    LOADS               : natural range 0 to 1   := 0;             -- 1: weights are loaded at run time; 0: constants
    LOAD_BITS           : positive               := 1;             -- bits of a word that is loaded
    BIAS_LOADED         : integer_vector         := (0 => 0);      -- for each slice 1 if its bias is loaded; 0: constant
    PER_COUNTER         : natural                := 0;             -- loaded weights of a row that share a phase counter; 0: all
    BIAS_PER_COUNTER    : natural                := 0;             -- loaded biases of a row that share one; 0: all
    SETS                : positive               := 1;             -- sets of weights and biases of which an event uses one
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
    weight_set   : in  std_logic_vector(phase_bits(SETS) - 1 downto 0)            := (others => '0');
    bank         : in  std_logic                                                  := '0';
    load_begin   : in  std_logic                                                  := '0';
    load_enter   : in  std_logic                                                  := '0';
    load_write   : in  std_logic                                                  := '0';
    load_bank    : in  std_logic                                                  := '0';
    load_data    : in  std_logic_vector(LOAD_BITS - 1 downto 0)                   := (others => '0');
    load_leaves  : out std_logic;
    valid_copies : in  std_logic_vector(max(1, total(VALID_SHARES)) - 1 downto 0) := (others => '0');
    sum_valid    : out std_logic;
    sums         : out std_logic_vector(OUTPUTS * ACCUM_BITS - 1 downto 0)
  );
end entity bxnn_dot_input_serial;

architecture rtl of bxnn_dot_input_serial is

  constant GROUPS        : positive := (OUTPUTS + PRODUCTS - 1) / PRODUCTS;
  constant SLICES        : positive := GROUPS * LANES;
  constant ROM_WIDTH     : positive := SLICES * WEIGHT_BITS;
  constant SUM_BITS      : positive := PRODUCTS * LANE_BITS;
  constant OPERAND_WIDTH : positive := operand_bits(IN_BITS, IN_SIGNED);
  constant SET_WIDTH     : positive := phase_bits(SETS);
  -- Cycle of an event in which its first product reaches the adder.
  constant ADD_STAGE : positive := 1 + MULTIPLIER_REGISTER;
  constant TAPS      : positive := ADD_STAGE + 1;
  -- Slices that share a copy of the control, and such copies.
  constant COPY_SLICES : positive := chunk(SLICES, SLICES_PER_COPY);
  constant COPIES      : positive := (SLICES + COPY_SLICES - 1) / COPY_SLICES;

  constant PRESENT_FITS : boolean := require(PRESENT'length = SLICES,
    "bxnn_dot_input_serial: PRESENT has " & integer'image(PRESENT'length) & " entries, GROUPS * LANES is "
    & integer'image(SLICES));
  constant WEIGHTS_FIT  : boolean := require(WEIGHTS'length = SETS * PHASES * ROM_WIDTH,
    "bxnn_dot_input_serial: WEIGHTS has " & integer'image(WEIGHTS'length)
    & " bits, SETS * PHASES * GROUPS * LANES * WEIGHT_BITS is " & integer'image(SETS * PHASES * ROM_WIDTH));
  constant BIAS_FITS    : boolean := require(BIAS'length = SETS * SLICES * SUM_BITS,
    "bxnn_dot_input_serial: BIAS has " & integer'image(BIAS'length)
    & " bits, SETS * GROUPS * LANES * PRODUCTS * LANE_BITS is " & integer'image(SETS * SLICES * SUM_BITS));

  constant EXISTS : integer_vector(0 to SLICES - 1) := PRESENT;

  signal set_taps          : std_logic_vector((MULTIPLIER_REGISTER + 1) * SET_WIDTH - 1 downto 0);
  signal tap_valid         : std_logic_vector(COPIES * TAPS - 1 downto 0);
  signal starts_of_control : std_logic_vector(max(1, VALID_SHARES(0)) - 1 downto 0);
  signal starts_of_weights : std_logic_vector(max(1, VALID_SHARES(1)) - 1 downto 0);
  signal starts_of_biases  : std_logic_vector(max(1, VALID_SHARES(3)) - 1 downto 0);
  signal operands          : std_logic_vector(LANES * OPERAND_WIDTH - 1 downto 0);
  signal weight            : std_logic_vector(ROM_WIDTH - 1 downto 0);
  signal biases            : std_logic_vector(SLICES * SUM_BITS - 1 downto 0);
  signal words             : std_logic_vector(SLICES * SUM_BITS - 1 downto 0);

begin

  starts_of_control <= share_of(valid_copies, VALID_SHARES, 0);
  starts_of_weights <= share_of(valid_copies, VALID_SHARES, 1);
  starts_of_biases  <= share_of(valid_copies, VALID_SHARES, 3);

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

  set_taps(SET_WIDTH - 1 downto 0) <= weight_set;

  -- Biases are due MULTIPLIER_REGISTER cycles after the weights of phase 0.
  late_sets : if SETS > 1 and MULTIPLIER_REGISTER = 1 generate
    signal former : std_logic_vector(SET_WIDTH - 1 downto 0) := (others => '0');
  begin
    delay : process (clk)
    begin
      if rising_edge(clk) then
        former <= weight_set;
      end if;
    end process delay;
    set_taps(set_taps'high downto set_taps'length - SET_WIDTH) <= former;
  end generate late_sets;

  one_set : if SETS = 1 and MULTIPLIER_REGISTER = 1 generate
    set_taps(set_taps'high downto set_taps'length - SET_WIDTH) <= (others => '0');
  end generate one_set;

  constants : if LOADS = 0 generate

    weight_rom : entity work.bxnn_weight_rom
      generic map (
        DEPTH             => PHASES,
        WIDTH             => ROM_WIDTH,
        SETS              => SETS,
        COUNTER_REGISTERS => COUNTER_REGISTERS,
        READERS           => READERS,
        VALID_COUNT       => VALID_SHARES(1),
        CONTENTS          => WEIGHTS
      )
      port map (
        clk          => clk,
        rst          => rst,
        valid        => valid,
        weight_set   => weight_set,
        valid_copies => starts_of_weights,
        data         => weight
      );

    bias_rom : entity work.bxnn_weight_rom
      generic map (
        DEPTH             => 1,
        WIDTH             => SLICES * SUM_BITS,
        SETS              => SETS,
        COUNTER_REGISTERS => COUNTER_REGISTERS,
        READERS           => READERS,
        VALID_COUNT       => VALID_SHARES(3),
        CONTENTS          => BIAS
      )
      port map (
        clk          => clk,
        rst          => rst,
        valid        => valid,
        weight_set   => set_taps(set_taps'high downto set_taps'length - SET_WIDTH),
        valid_copies => starts_of_biases,
        data         => biases
      );

    load_leaves <= '0';

  end generate constants;

  loading : if LOADS = 1 generate
    constant PLACE_BITS : positive := 1 + ceil_log2(PHASES);

    signal bank_taps : std_logic_vector(MULTIPLIER_REGISTER downto 0);
    signal begins    : std_logic;
    signal write     : std_logic;
    signal step      : std_logic;
    signal place     : std_logic_vector(PLACE_BITS - 1 downto 0);
    signal word      : std_logic_vector(LOAD_BITS - 1 downto 0);
    signal enter     : std_logic;
  begin

    bank_taps(0) <= bank;

    late : if MULTIPLIER_REGISTER = 1 generate
      signal bank_q : std_logic := '0';
    begin
      delay : process (clk)
      begin
        if rising_edge(clk) then
          bank_q <= bank;
        end if;
      end process delay;
      bank_taps(MULTIPLIER_REGISTER) <= bank_q;
    end generate late;

    steps : entity work.bxnn_load_steps
      generic map (
        PHASES => PHASES,
        WIDTH  => LOAD_BITS
      )
      port map (
        clk        => clk,
        load_begin => load_begin,
        load_write => load_write,
        load_bank  => load_bank,
        load_data  => load_data,
        enter      => load_enter,
        begins     => begins,
        write      => write,
        step       => step,
        place      => place,
        word       => word
      );

    words_of_slices : entity work.bxnn_weight_bank
      generic map (
        DEPTH       => PHASES,
        COLUMNS     => SLICES,
        COLUMN_BITS => WEIGHT_BITS,
        LOADED      => EXISTS,
        PIECES      => (WEIGHT_BITS + LOAD_BITS - 1) / LOAD_BITS,
        PER_COUNTER => PER_COUNTER,
        PLACE_BITS  => PLACE_BITS,
        LOAD_BITS   => LOAD_BITS,
        VALID_COUNT => VALID_SHARES(1),
        CONTENTS    => WEIGHTS
      )
      port map (
        clk          => clk,
        rst          => rst,
        valid        => valid,
        bank         => bank_taps(0),
        begins       => begins,
        enter        => load_enter,
        write        => write,
        step         => step,
        place        => place,
        word         => word,
        valid_copies => starts_of_weights,
        leaves       => enter,
        data         => weight
      );

    -- Biases are due a cycle before first, with their only row.
    words_of_biases : entity work.bxnn_weight_bank
      generic map (
        DEPTH       => 1,
        COLUMNS     => SLICES,
        COLUMN_BITS => SUM_BITS,
        LOADED      => BIAS_LOADED,
        PIECES      => (SUM_BITS + LOAD_BITS - 1) / LOAD_BITS,
        PER_COUNTER => BIAS_PER_COUNTER,
        PLACE_BITS  => PLACE_BITS,
        LOAD_BITS   => LOAD_BITS,
        VALID_COUNT => VALID_SHARES(3),
        CONTENTS    => BIAS
      )
      port map (
        clk          => clk,
        rst          => rst,
        valid        => valid,
        bank         => bank_taps(MULTIPLIER_REGISTER),
        begins       => begins,
        enter        => enter,
        write        => write,
        step         => step,
        place        => place,
        word         => word,
        valid_copies => starts_of_biases,
        leaves       => load_leaves,
        data         => biases
      );

  end generate loading;

  lane : for l in 0 to LANES - 1 generate
    operands((l + 1) * OPERAND_WIDTH - 1 downto l * OPERAND_WIDTH) <= std_logic_vector(
      to_operand(x((l + 1) * IN_BITS - 1 downto l * IN_BITS), IN_SIGNED, OPERAND_WIDTH));
  end generate lane;

  slice : for i in 0 to SLICES - 1 generate

    filled : if EXISTS(i) = 1 generate
      dsp : entity work.bxnn_mac_cascade
        generic map (
          LENGTH              => 1,
          OPERAND_BITS        => OPERAND_WIDTH,
          WEIGHT_BITS         => WEIGHT_BITS,
          ACCUM_BITS          => SUM_BITS,
          MULTIPLIER_REGISTER => MULTIPLIER_REGISTER
        )
        port map (
          clk      => clk,
          first    => tap_valid((i / COPY_SLICES) * TAPS + ADD_STAGE - OPMODE_REGISTER),
          capture  => "1",
          operands => operands((i mod LANES + 1) * OPERAND_WIDTH - 1 downto (i mod LANES) * OPERAND_WIDTH),
          weights  => weight((i + 1) * WEIGHT_BITS - 1 downto i * WEIGHT_BITS),
          bias     => biases((i + 1) * SUM_BITS - 1 downto i * SUM_BITS),
          sum      => words((i + 1) * SUM_BITS - 1 downto i * SUM_BITS)
        );
    end generate filled;

    empty : if EXISTS(i) /= 1 generate
      words((i + 1) * SUM_BITS - 1 downto i * SUM_BITS) <= biases((i + 1) * SUM_BITS - 1 downto i * SUM_BITS);
    end generate empty;

  end generate slice;

  totals : entity work.bxnn_lane_sums
    generic map (
      OUTPUTS          => OUTPUTS,
      TERMS            => LANES,
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
      CYCLES => input_serial_latency(PHASES, LANES, MULTIPLIER_REGISTER, LEVELS_PER_STAGE, OPEN_LEVELS)
                - ADD_STAGE
    )
    port map (
      clk     => clk,
      rst     => rst,
      valid   => tap_valid(ADD_STAGE),
      y_valid => sum_valid
    );

end architecture rtl;
