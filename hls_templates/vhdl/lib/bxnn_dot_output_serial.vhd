-- bxnn_dot_output_serial: constant linear map whose weights rotate (output-serial binding).
--
-- A DSP keeps one input for the whole event while its weight ROM steps through the outputs; partial sums run
-- down the DSP cascade; results leave serially. The scheme of arXiv:1903.10201.
--
-- Equation:  sum(g, p) = SUM over s of (bias(g, s, p) + SUM over k of x(OPERANDS(c)) * weight(g, s, k, p)),
--            c = (g * SEGMENTS + s) * CASCADE + k,  modulo 2**ACCUM_BITS
--            g = output lane, p = phase, s = segment (a cascade), k = position in it
--
-- Time:      position k captures its operand in cycle k and reads its weight of phase p in cycle k + p:
--
--            cycle        0     1     2     3   ...            L+1+M+D      L = CASCADE
--            position 0   w0    w1    w2    w3                              M = MULTIPLIER_REGISTER
--            position 1         w0    w1    w2                 sum of       D = registers of the tree over SEGMENTS
--            position 2               w0    w1                 phase 0
--
--            x is held only for II = INITIATION_INTERVAL cycles. Position k reads it from the last of
--            floor(k / II) holding registers, which all lanes and segments that use that element at that
--            depth share. With II = 1, the operands run through the columns as in a systolic array.
-- Operands:  OPERANDS(c) is an element of x, or -1 for "no DSP". Only the first positions of a cascade may be
--            -1: a short cascade starts later, so that all sums line up. A cascade of only -1 is zero and
--            costs nothing.
-- Switched:  with OPERAND_PHASES = PHASES the table has an entry for every phase, OPERANDS(c * PHASES + p),
--            and a multiplexer before the DSP selects the phase's element: outputs with few weights share DSPs.
--            An entry of -1 at a position that has a DSP means that its weight in this phase is zero.
-- Packed:    with PRODUCTS > 1, each DSP forms PRODUCTS products, LANE_BITS apart, for neighbouring output
--            lanes: g above is then a group of PRODUCTS output lanes (the last group may have fewer).
--            SHARES_WEIGHT = 0: one element times packed weights, WEIGHT = SUM over i of w(i) * 2**(i*LANE_BITS)
--            SHARES_WEIGHT = 1: one weight times PRODUCTS packed elements; the table has PRODUCTS entries for
--                               each DSP (and phase), lowest lane first, -1 for an element that is zero
--            See bxnn_lane_sums for what BIAS must contain in addition to the biases.
-- Loading:   with LOADS = 1, memories take the place of the constants (see weight_bank): words are loaded position after
--            position, and then the biases in the order in which they are read, those of BIAS_LOADED; an event uses
--            the bank that bank is in the cycle before its valid. WEIGHTS and BIAS are what both banks start with.
-- Sets:      with SETS > 1, an event uses the weights and constants of the set that weight_set is from the second cycle
--            before its valid on, for as many cycles as x is held (see weight_rom).
-- Copies:    COLUMNS_PER_COPY consecutive columns g*SEGMENTS+s share a copy of the phases that switch operands and of
--            the signals that capture them; MAX_FANOUT bits of held operands share a load signal; see weight_rom for
--            COUNTER_REGISTERS and READERS.
-- Bits:      x = | element INPUTS-1 | ... | element 0 |, IN_BITS each, signed codes when IN_SIGNED = 1
--            WEIGHTS = rows of GROUPS*SEGMENTS*WEIGHT_BITS bits, GROUPS = ceil(OUTPUT_LANES / PRODUCTS); row
--                      (k*SETS+c)*PHASES+p, for position k, set c and phase p, holds the weight of (g, s) at bit
--                      (g*SEGMENTS+s)*WEIGHT_BITS
--            BIAS = | phase PHASES-1 | ... | phase 0 | of every set, set 0 lowest; each | column GROUPS*SEGMENTS-1 | ... | column 0 |, the
--                   initial values of the sums of column g*SEGMENTS+s, PRODUCTS*LANE_BITS each
--            sums = | lane OUTPUT_LANES-1 | ... | lane 0 |, ACCUM_BITS each, signed
-- Valid:     VALID_SHARES copies of valid, all equal to it and those of the first share lowest in valid_copies, start the
--            control of columns; the counters of the weights that are read first, and of those a cycle later; those of what
--            starts sums without and with a register for valid.
-- Latency:   output_serial_latency(...), the cycle in the picture: sum_valid and phase 0; phase p is visible p
--            cycles later.
-- II:        INITIATION_INTERVAL >= PHASES
-- Cost:      one DSP48E1 per operand that is not -1; LUTs for the weights (at most one LUT6 per weight bit up
--            to 64 phases) and the adder tree; flip-flops for the tree, the phase taps and the holding
--            registers.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_dot_output_serial is
  generic (
    INPUTS              : positive;                                -- elements of x
    IN_BITS             : positive;                                -- bits of an element of x
    IN_SIGNED           : natural range 0 to 1;                    -- 1: x is two's complement; 0: unsigned
    OUTPUT_LANES        : positive;                                -- sums that leave in one cycle
    PHASES              : positive;                                -- cycles over which they leave
    INITIATION_INTERVAL : positive;                                -- cycles for which x is held
    CASCADE             : positive;                                -- DSPs in a cascade
    SEGMENTS            : positive;                                -- cascades whose sums are added
    OPERAND_PHASES      : positive               := 1;             -- PHASES: operands switch; 1: they stay
    OPERANDS            : integer_vector;                          -- element of x for each DSP, or -1
    PRODUCTS            : positive               := 1;             -- products that a DSP forms at a time
    SHARES_WEIGHT       : natural range 0 to 1   := 0;             -- what packed products share: 1 weight, 0 operand
    LANE_BITS           : positive;                                -- bits from one packed product to the next
    WEIGHT_BITS         : positive;                                -- bits of a weight
    ACCUM_BITS          : positive;                                -- bits of a sum
    MULTIPLIER_REGISTER : natural range 0 to 1   := 1;             -- 1: a register between multiplier and adder of a DSP
    LEVELS_PER_STAGE    : positive               := 1;             -- levels of a tree between two registers
    OPEN_LEVELS         : natural range 0 to 1   := 0;             -- levels after the last register
    NODE_BITS           : integer_vector         := (0 => 0);      -- bits of the nodes of the trees, as in bxnn_lane_sums
    COLUMNS_PER_COPY    : natural                := 0;             -- columns that share their control; 0: all
    COUNTER_REGISTERS   : natural                := 0;             -- registers of weights that share a phase counter; 0: all
    READERS             : natural                := 0;             -- most bits of weights that a register drives; 0: any number
    MAX_FANOUT          : natural                := 0;             -- most bits that one load signal holds; 0: any
    LOADS               : natural range 0 to 1   := 0;             -- 1: weights are loaded at run time; 0: constants
    LOAD_BITS           : positive               := 1;             -- bits of a word that is loaded
    BIAS_LOADED         : integer_vector         := (0 => 0);      -- for each column 1 if its bias is loaded; 0: constant
    PER_COUNTER         : natural                := 0;             -- loaded weights of a row that share a phase counter; 0: all
    BIAS_PER_COUNTER    : natural                := 0;             -- loaded biases of a row that share one; 0: all
    SETS                : positive               := 1;             -- sets of weights and constants of which an event uses one
    VALID_SHARES        : integer_vector(0 to 4) := (others => 0); -- copies of valid for each share; 0: valid itself
    WEIGHTS             : std_logic_vector;                        -- see above: row after row
    BIAS                : std_logic_vector                         -- see above: initial values of the sums
  );
  port (
    clk          : in  std_logic;
    rst          : in  std_logic;
    valid        : in  std_logic;
    x            : in  std_logic_vector(INPUTS * IN_BITS - 1 downto 0);
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
    sums         : out std_logic_vector(OUTPUT_LANES * ACCUM_BITS - 1 downto 0)
  );
end entity bxnn_dot_output_serial;

architecture rtl of bxnn_dot_output_serial is

  constant GROUPS     : positive := (OUTPUT_LANES + PRODUCTS - 1) / PRODUCTS;
  constant COLUMNS    : positive := GROUPS * SEGMENTS;
  constant ROM_WIDTH  : positive := COLUMNS * WEIGHT_BITS;
  constant SUM_BITS   : positive := PRODUCTS * LANE_BITS;
  constant BIAS_WIDTH : positive := COLUMNS * SUM_BITS;
  constant ROW_COUNT  : positive := SETS * PHASES; -- of a position
  -- Elements that a DSP multiplies at a time, and the width of its operand.
  constant TAKEN         : positive := 1 + SHARES_WEIGHT * (PRODUCTS - 1);
  constant OPERAND_WIDTH : positive := packed_bits(TAKEN, LANE_BITS, operand_bits(IN_BITS, IN_SIGNED));
  constant PHASE_WIDTH   : positive := phase_bits(OPERAND_PHASES);
  constant SET_WIDTH     : positive := phase_bits(SETS);
  constant LAST_STAGE    : natural  := (CASCADE + OPERAND_PHASES - 2) / INITIATION_INTERVAL;
  -- Cycle of an event in which the last position adds its first product.
  constant ADD_STAGE     : positive := CASCADE + MULTIPLIER_REGISTER;
  constant TAPS          : positive := max(ADD_STAGE + 1, LAST_STAGE * INITIATION_INTERVAL);
  constant OPERAND_COUNT : positive := COLUMNS * CASCADE * TAKEN; -- number n is element n mod TAKEN of a DSP
  constant ENTRIES       : positive := OPERAND_COUNT * OPERAND_PHASES;
  -- Columns that share a copy of the control, and such copies.
  constant COPY_COLUMNS   : positive := chunk(COLUMNS, COLUMNS_PER_COPY);
  constant CONTROL_COPIES : positive := (COLUMNS + COPY_COLUMNS - 1) / COPY_COLUMNS;

  constant PHASES_FIT   : boolean := require(PHASES <= INITIATION_INTERVAL,
    "bxnn_dot_output_serial: PHASES is " & integer'image(PHASES) & ", INITIATION_INTERVAL only "
    & integer'image(INITIATION_INTERVAL));
  constant SWITCH_FITS  : boolean := require(OPERAND_PHASES = 1 or OPERAND_PHASES = PHASES,
    "bxnn_dot_output_serial: OPERAND_PHASES is " & integer'image(OPERAND_PHASES)
    & ", must be 1 or PHASES, which is " & integer'image(PHASES));
  constant OPERANDS_FIT : boolean := require(OPERANDS'length = ENTRIES,
    "bxnn_dot_output_serial: OPERANDS has " & integer'image(OPERANDS'length)
    & " entries, GROUPS * SEGMENTS * CASCADE * OPERAND_PHASES * elements per DSP is " & integer'image(ENTRIES));
  constant WEIGHTS_FIT  : boolean := require(WEIGHTS'length = CASCADE * ROW_COUNT * ROM_WIDTH,
    "bxnn_dot_output_serial: WEIGHTS has " & integer'image(WEIGHTS'length)
    & " bits, CASCADE * SETS * PHASES * GROUPS * SEGMENTS * WEIGHT_BITS is "
    & integer'image(CASCADE * ROW_COUNT * ROM_WIDTH));
  constant BIAS_FITS    : boolean := require(BIAS'length = ROW_COUNT * BIAS_WIDTH,
    "bxnn_dot_output_serial: BIAS has " & integer'image(BIAS'length)
    & " bits, SETS * PHASES * GROUPS * SEGMENTS * PRODUCTS * LANE_BITS is " & integer'image(ROW_COUNT * BIAS_WIDTH));
  constant LOAD_FITS    : boolean := require(MAX_FANOUT = 0 or MAX_FANOUT >= IN_BITS,
    "bxnn_dot_output_serial: MAX_FANOUT is " & integer'image(MAX_FANOUT) & ", elements have IN_BITS = "
    & integer'image(IN_BITS));
  constant LANES_FIT    : boolean := require(TAKEN = 1 or LANE_BITS >= IN_BITS,
    "bxnn_dot_output_serial: LANE_BITS is " & integer'image(LANE_BITS) & ", packed elements have IN_BITS = "
    & integer'image(IN_BITS));

  constant SOURCE      : integer_vector(0 to ENTRIES - 1)                               := OPERANDS;
  constant WEIGHT_ROWS : std_logic_vector(CASCADE * ROW_COUNT * ROM_WIDTH - 1 downto 0) := WEIGHTS;
  constant BIAS_ROWS   : std_logic_vector(ROW_COUNT * BIAS_WIDTH - 1 downto 0)          := BIAS;

  -- First position of each column that has a DSP; CASCADE if there is none.
  function first_positions (table : integer_vector) return integer_vector is
    variable start : integer_vector(0 to COLUMNS - 1) := (others => CASCADE);
  begin
    for c in 0 to COLUMNS - 1 loop
      for k in CASCADE - 1 downto 0 loop
        for q in 0 to OPERAND_PHASES * TAKEN - 1 loop
          if table((c * CASCADE + k) * OPERAND_PHASES * TAKEN + q) >= 0 then
            start(c) := k;
          end if;
        end loop;
      end loop;
    end loop;
    return start;
  end function first_positions;

  constant FIRST : integer_vector(0 to COLUMNS - 1) := first_positions(SOURCE);

  -- All elements exist, and a DSP that keeps its element is never followed by a gap.
  function operands_legal (table, start : integer_vector) return boolean is
    variable legal : boolean := true;
  begin
    for c in 0 to COLUMNS - 1 loop
      for i in c * CASCADE * OPERAND_PHASES * TAKEN to (c + 1) * CASCADE * OPERAND_PHASES * TAKEN - 1 loop
        if table(i) >= INPUTS or (OPERAND_PHASES = 1 and i mod TAKEN = 0 and table(i) < 0
                                  and (i / TAKEN) mod CASCADE > start(c)) then
          legal := require(false, "bxnn_dot_output_serial: OPERANDS(" & integer'image(i) & ") is "
            & integer'image(table(i)) & ": must be below INPUTS, which is "
            & integer'image(INPUTS) & ", and -1 only before the first DSP of a cascade, which is position "
            & integer'image(start(c)));
        end if;
      end loop;
    end loop;
    return legal;
  end function operands_legal;

  constant OPERANDS_LEGAL_HERE : boolean := operands_legal(SOURCE, FIRST);

  -- How many events back the copy is that entry i of the operand table reads: position k reads in cycle k, or in
  -- cycle k + p for its phase p if it is switched.
  function copy_depth (i : natural) return natural is
  begin
    return ((i / TAKEN / OPERAND_PHASES) mod CASCADE + (i / TAKEN) mod OPERAND_PHASES) / INITIATION_INTERVAL;
  end function copy_depth;

  -- First of the holding registers of each element; entry INPUTS is their total number.
  function holding_bases (table : integer_vector) return integer_vector is
    variable stages : integer_vector(0 to INPUTS - 1) := (others => 0);
    variable base   : integer_vector(0 to INPUTS)     := (others => 0);
    variable e      : integer;
  begin
    for i in table'range loop
      e := table(i);
      if e >= 0 then
        stages(e) := max(stages(e), copy_depth(i));
      end if;
    end loop;
    for i in 0 to INPUTS - 1 loop
      base(i + 1) := base(i) + stages(i);
    end loop;
    return base;
  end function holding_bases;

  constant HOLD : integer_vector(0 to INPUTS) := holding_bases(SOURCE);
  constant HELD : natural                     := HOLD(INPUTS);

  -- Holding registers that share a load signal, and such groups of them.
  constant LOAD_REGISTERS : positive := chunk(max(1, HELD), MAX_FANOUT / IN_BITS);
  constant LOAD_GROUPS    : positive := (max(1, HELD) + LOAD_REGISTERS - 1) / LOAD_REGISTERS;

  -- Weights of one position in all phases of all sets.
  function weights_of (k : natural) return std_logic_vector is
  begin
    return WEIGHT_ROWS((k + 1) * ROW_COUNT * ROM_WIDTH - 1 downto k * ROW_COUNT * ROM_WIDTH);
  end function weights_of;

  -- Whether the bias of each column is loaded.
  function columns_with_loaded_bias return integer_vector is
    constant GIVEN : integer_vector(0 to BIAS_LOADED'length - 1) := BIAS_LOADED;
    variable found : integer_vector(0 to COLUMNS - 1)            := (others => 0);
  begin
    if LOADS = 1 and require(GIVEN'length = COLUMNS,
                             "bxnn_dot_output_serial: BIAS_LOADED has " & integer'image(GIVEN'length)
                             & " entries, there are " & integer'image(COLUMNS) & " columns") then
      found := GIVEN;
    end if;
    return found;
  end function columns_with_loaded_bias;

  constant VARIES : integer_vector(0 to COLUMNS - 1) := columns_with_loaded_bias;

  -- Which columns have a constant that is not zero.
  function biased_columns return boolean_vector is
    variable found : boolean_vector(0 to COLUMNS - 1) := (others => false);
  begin
    for c in 0 to COLUMNS - 1 loop
      for p in 0 to ROW_COUNT - 1 loop
        found(c) := found(c) or (VARIES(c) = 0 and not is_zero(element(BIAS_ROWS, p * COLUMNS + c, SUM_BITS)));
      end loop;
    end loop;
    return found;
  end function biased_columns;

  constant BIASED : boolean_vector(0 to COLUMNS - 1) := biased_columns;

  -- Whether the first product of a column with a constant is added at a tap.
  function starts_at (cycle : natural) return boolean is
    variable found : boolean := false;
  begin
    for c in 0 to COLUMNS - 1 loop
      found := found or (BIASED(c) and FIRST(c) + MULTIPLIER_REGISTER = cycle);
    end loop;
    return found;
  end function starts_at;

  -- Constants in all phases of all sets, of the columns whose first product is added at a tap; zero for the others.
  function constants_of (cycle : natural) return std_logic_vector is
    variable rows : std_logic_vector(ROW_COUNT * BIAS_WIDTH - 1 downto 0) := (others => '0');
    variable low  : natural;
  begin
    for c in 0 to COLUMNS - 1 loop
      if FIRST(c) + MULTIPLIER_REGISTER = cycle and VARIES(c) = 0 then
        for p in 0 to ROW_COUNT - 1 loop
          low := (p * COLUMNS + c) * SUM_BITS;
          rows(low + SUM_BITS - 1 downto low) := BIAS_ROWS(low + SUM_BITS - 1 downto low);
        end loop;
      end if;
    end loop;
    return rows;
  end function constants_of;

  -- Columns with a DSP at a position.
  function columns_at (k : natural) return integer_vector is
    variable found : integer_vector(0 to COLUMNS - 1) := (others => 0);
  begin
    for c in 0 to COLUMNS - 1 loop
      if FIRST(c) <= k then
        found(c) := 1;
      end if;
    end loop;
    return found;
  end function columns_at;

  -- Columns whose loaded bias is due at a tap.
  function loaded_at (cycle : natural) return integer_vector is
    variable found : integer_vector(0 to COLUMNS - 1) := (others => 0);
  begin
    for c in 0 to COLUMNS - 1 loop
      if FIRST(c) + MULTIPLIER_REGISTER = cycle then
        found(c) := VARIES(c);
      end if;
    end loop;
    return found;
  end function loaded_at;

  -- Where the phase of a tap begins in its copy.
  function phase_place (c, t : natural) return natural is
  begin
    return ((c / COPY_COLUMNS) * TAPS + t) * PHASE_WIDTH;
  end function phase_place;

  -- Which words every operand is, phase after phase: element e of x is word e, held copy number h is word
  -- INPUTS + h, and -1 is zero. A phase in which a DSP has no operand keeps the previous one, those before its first
  -- have the first: a smaller multiplexer.
  function words_by_phase return integer_vector is
    variable found  : integer_vector(0 to ENTRIES - 1) := (others => -1);
    variable latest : natural;
    variable from   : natural;
  begin
    for dsp in 0 to COLUMNS * CASCADE - 1 loop
      latest := 0;
      for p in OPERAND_PHASES - 1 downto 0 loop
        if SOURCE((dsp * OPERAND_PHASES + p) * TAKEN) >= 0 then
          latest := p;
        end if;
      end loop;
      for p in 0 to OPERAND_PHASES - 1 loop
        if SOURCE((dsp * OPERAND_PHASES + p) * TAKEN) >= 0 then
          latest := p;
        end if;
        for t in 0 to TAKEN - 1 loop
          from := (dsp * OPERAND_PHASES + latest) * TAKEN + t;
          if SOURCE(from) >= 0 and copy_depth(from) > 0 then
            found((dsp * TAKEN + t) * OPERAND_PHASES + p) := INPUTS + HOLD(SOURCE(from)) + copy_depth(from) - 1;
          else
            found((dsp * TAKEN + t) * OPERAND_PHASES + p) := SOURCE(from);
          end if;
        end loop;
      end loop;
    end loop;
    return found;
  end function words_by_phase;

  constant WORD_BY_PHASE : integer_vector(0 to ENTRIES - 1) := words_by_phase;

  -- The place of the word of every operand and phase among the different ones of that operand, -1 for zero.
  function places_by_phase return integer_vector is
    variable found : integer_vector(0 to ENTRIES - 1) := (others => -1);
    variable base  : natural;
    variable known : natural;
  begin
    for n in 0 to OPERAND_COUNT - 1 loop
      base  := n * OPERAND_PHASES;
      known := 0;
      for p in base to base + OPERAND_PHASES - 1 loop
        for earlier in base to p - 1 loop
          if WORD_BY_PHASE(earlier) = WORD_BY_PHASE(p) then
            found(p) := found(earlier);
          end if;
        end loop;
        if found(p) < 0 and WORD_BY_PHASE(p) >= 0 then
          found(p) := known;
          known    := known + 1;
        end if;
      end loop;
    end loop;
    return found;
  end function places_by_phase;

  constant PLACE_BY_PHASE : integer_vector(0 to ENTRIES - 1) := places_by_phase;

  -- How many different words an operand is; 1 if it is always zero.
  function word_count (operand_number : natural) return positive is
    variable places : positive := 1;
  begin
    for p in operand_number * OPERAND_PHASES to (operand_number + 1) * OPERAND_PHASES - 1 loop
      places := max(places, PLACE_BY_PHASE(p) + 1);
    end loop;
    return places;
  end function word_count;

  -- The word at a place among those of an operand, -1 for zero.
  function word_at (operand_number, place : natural) return integer is
  begin
    for p in operand_number * OPERAND_PHASES to (operand_number + 1) * OPERAND_PHASES - 1 loop
      if PLACE_BY_PHASE(p) = place then
        return WORD_BY_PHASE(p);
      end if;
    end loop;
    return -1;
  end function word_at;

  -- For every switched operand the first of its position and copy of the control that is the same word in all phases.
  function leaders return integer_vector is
    variable found    : integer_vector(0 to OPERAND_COUNT - 1);
    variable position : natural;
    variable other    : natural;
  begin
    for n in found'range loop
      found(n) := n;
      position := (n / TAKEN) mod CASCADE;
      for c in n / TAKEN / CASCADE downto (n / TAKEN / CASCADE) / COPY_COLUMNS * COPY_COLUMNS loop
        for t in TAKEN - 1 downto 0 loop
          other := (c * CASCADE + position) * TAKEN + t;
          if OPERAND_PHASES > 1 and other < n and FIRST(c) <= position then
            if WORD_BY_PHASE(other * OPERAND_PHASES to (other + 1) * OPERAND_PHASES - 1)
               = WORD_BY_PHASE(n * OPERAND_PHASES to (n + 1) * OPERAND_PHASES - 1) then
              found(n) := other;
            end if;
          end if;
        end loop;
      end loop;
    end loop;
    return found;
  end function leaders;

  constant LEADER : integer_vector(0 to OPERAND_COUNT - 1) := leaders;

  -- Copies of what starts the counters for a position or tap: the shares of valid, later the copies of the control.
  function start_count (first_share, place : natural) return natural is
    variable copies_found : natural := CONTROL_COPIES;
  begin
    if place <= 1 then
      copies_found := VALID_SHARES(first_share + place);
    end if;
    return copies_found;
  end function start_count;

  function starts_of (valids, tap_line : std_logic_vector; first_share, place : natural) return std_logic_vector is
    variable found : std_logic_vector(max(1, start_count(first_share, place)) - 1 downto 0);
  begin
    if place <= 1 then
      found := share_of(valids, VALID_SHARES, first_share + place);
    else
      for j in found'range loop
        found(j) := tap_line(j * TAPS + place - 1);
      end loop;
    end if;
    return found;
  end function starts_of;

  signal phase             : std_logic_vector(CONTROL_COPIES * TAPS * PHASE_WIDTH - 1 downto 0);
  signal tap_valid         : std_logic_vector(CONTROL_COPIES * TAPS - 1 downto 0);
  signal starts_of_control : std_logic_vector(max(1, VALID_SHARES(0)) - 1 downto 0);
  -- Held copies of the elements; one unused word if there are none, because a null vector is not portable.
  signal copies    : std_logic_vector(max(1, HELD) * IN_BITS - 1 downto 0) := (others => '0');
  signal weight    : std_logic_vector(CASCADE * ROM_WIDTH - 1 downto 0);
  signal operand   : std_logic_vector(OPERAND_COUNT * IN_BITS - 1 downto 0);
  signal words     : std_logic_vector(BIAS_WIDTH - 1 downto 0);
  signal bias_word : std_logic_vector(BIAS_WIDTH - 1 downto 0);
  signal capture   : std_logic_vector(CONTROL_COPIES * CASCADE - 1 downto 0);
  -- The set of weights, and what it was up to ADD_STAGE cycles before.
  signal set_taps : std_logic_vector((ADD_STAGE + 1) * SET_WIDTH - 1 downto 0);

begin

  starts_of_control <= share_of(valid_copies, VALID_SHARES, 0);

  sequencer : entity work.bxnn_phase_sequencer
    generic map (
      PHASES      => OPERAND_PHASES,
      TAPS        => TAPS,
      COPIES      => CONTROL_COPIES,
      VALID_COUNT => VALID_SHARES(0)
    )
    port map (
      clk          => clk,
      rst          => rst,
      valid        => valid,
      valid_copies => starts_of_control,
      phase        => phase,
      tap_valid    => tap_valid
    );

  capturing : for j in 0 to CONTROL_COPIES - 1 generate
    of_position : for k in 0 to CASCADE - 1 generate

      -- A DSP loads its operand once per event if x may change before its last phase.
      once : if OPERAND_PHASES = 1 and k + PHASES > INITIATION_INTERVAL generate
        capture(j * CASCADE + k) <= tap_valid(j * TAPS + k);
      end generate once;

      always : if OPERAND_PHASES > 1 or k + PHASES <= INITIATION_INTERVAL generate
        capture(j * CASCADE + k) <= '1';
      end generate always;

    end generate of_position;
  end generate capturing;

  holding : if HELD > 0 generate
    -- Of stage j, group n at (j - 1) * LOAD_GROUPS + n.
    signal load : std_logic_vector(LAST_STAGE * LOAD_GROUPS - 1 downto 0);
  begin

    stage : for j in 1 to LAST_STAGE generate
      group_of_registers : for n in 0 to LOAD_GROUPS - 1 generate
        constant PLACE : natural := (j - 1) * LOAD_GROUPS + n;
      begin

        streaming : if INITIATION_INTERVAL = 1 generate
          load(PLACE) <= '1';
        end generate streaming;

        apart : if INITIATION_INTERVAL > 1 generate
          ahead : entity work.bxnn_replica
            generic map (
              WIDTH => 1
            )
            port map (
              clk => clk,
              rst => rst,
              d   => tap_valid(j * INITIATION_INTERVAL - 2 downto j * INITIATION_INTERVAL - 2),
              q   => load(PLACE downto PLACE)
            );
        end generate apart;

      end generate group_of_registers;
    end generate stage;

    fill : process (clk)
      variable place : natural;
    begin
      if rising_edge(clk) then
        for j in 1 to LAST_STAGE loop
          for e in 0 to INPUTS - 1 loop
            if HOLD(e) + j <= HOLD(e + 1) then
              place := HOLD(e) + j - 1;
              if load((j - 1) * LOAD_GROUPS + place / LOAD_REGISTERS) = '1' then
                if j = 1 then
                  copies((place + 1) * IN_BITS - 1 downto place * IN_BITS) <= element(x, e, IN_BITS);
                else
                  copies((place + 1) * IN_BITS - 1 downto place * IN_BITS) <= element(copies, place - 1, IN_BITS);
                end if;
              end if;
            end if;
          end loop;
        end loop;
      end if;
    end process fill;

  end generate holding;

  set_taps(SET_WIDTH - 1 downto 0) <= weight_set;

  one_set : if SETS = 1 generate
    set_taps(set_taps'high downto SET_WIDTH) <= (others => '0');
  end generate one_set;

  several_sets : if SETS > 1 generate
    signal former : std_logic_vector(ADD_STAGE * SET_WIDTH - 1 downto 0) := (others => '0');
  begin
    delay : process (clk)
    begin
      if rising_edge(clk) then
        former <= set_taps(former'range);
      end if;
    end process delay;
    set_taps(set_taps'high downto SET_WIDTH) <= former;
  end generate several_sets;

  constants : if LOADS = 0 generate

    position : for k in 0 to CASCADE - 1 generate
      signal copies_of_valid : std_logic_vector(max(1, start_count(1, k)) - 1 downto 0);
    begin

      copies_of_valid <= starts_of(valid_copies, tap_valid, 1, k);

      rom : entity work.bxnn_weight_rom
        generic map (
          DEPTH             => PHASES,
          WIDTH             => ROM_WIDTH,
          SETS              => SETS,
          COUNTER_REGISTERS => COUNTER_REGISTERS,
          READERS           => READERS,
          EARLY             => minimum(k, 1),
          VALID_COUNT       => start_count(1, k),
          CONTENTS          => weights_of(k)
        )
        port map (
          clk          => clk,
          rst          => rst,
          valid        => valid,
          weight_set   => set_taps((k + 1) * SET_WIDTH - 1 downto k * SET_WIDTH),
          valid_copies => copies_of_valid,
          data         => weight((k + 1) * ROM_WIDTH - 1 downto k * ROM_WIDTH)
        );
    end generate position;

    load_leaves <= '0';

  end generate constants;

  loading : if LOADS = 1 generate
    constant PLACE_BITS  : positive := 1 + ceil_log2(PHASES);
    constant PIECES      : positive := (WEIGHT_BITS + LOAD_BITS - 1) / LOAD_BITS;
    constant BIAS_PIECES : positive := (SUM_BITS + LOAD_BITS - 1) / LOAD_BITS;

    signal bank_taps : std_logic_vector(ADD_STAGE downto 0);
    signal later     : std_logic_vector(ADD_STAGE downto 1) := (others => '0');
    signal begins    : std_logic;
    signal write     : std_logic;
    signal step      : std_logic;
    signal place     : std_logic_vector(PLACE_BITS - 1 downto 0);
    signal word      : std_logic_vector(LOAD_BITS - 1 downto 0);
    -- enters(i) begins memory i: those of the positions, then those of the taps.
    signal enters : std_logic_vector(CASCADE + ADD_STAGE + 1 downto 0);
  begin

    bank_taps <= later & bank;

    delay : process (clk)
    begin
      if rising_edge(clk) then
        later <= bank_taps(ADD_STAGE - 1 downto 0);
      end if;
    end process delay;

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

    enters(0)   <= load_enter;
    load_leaves <= enters(enters'high);

    position : for k in 0 to CASCADE - 1 generate
      signal copies_of_valid : std_logic_vector(max(1, start_count(1, k)) - 1 downto 0);
    begin

      copies_of_valid <= starts_of(valid_copies, tap_valid, 1, k);

      words_of_position : entity work.bxnn_weight_bank
        generic map (
          DEPTH       => PHASES,
          COLUMNS     => COLUMNS,
          COLUMN_BITS => WEIGHT_BITS,
          LOADED      => columns_at(k),
          PIECES      => PIECES,
          PER_COUNTER => PER_COUNTER,
          PLACE_BITS  => PLACE_BITS,
          LOAD_BITS   => LOAD_BITS,
          EARLY       => minimum(k, 1),
          VALID_COUNT => start_count(1, k),
          CONTENTS    => weights_of(k)
        )
        port map (
          clk          => clk,
          rst          => rst,
          valid        => valid,
          bank         => bank_taps(k),
          begins       => begins,
          enter        => enters(k),
          write        => write,
          step         => step,
          place        => place,
          word         => word,
          valid_copies => copies_of_valid,
          leaves       => enters(k + 1),
          data         => weight((k + 1) * ROM_WIDTH - 1 downto k * ROM_WIDTH)
        );
    end generate position;

    loaded_tap : for t in 0 to ADD_STAGE generate
      constant HERE          : integer_vector(0 to COLUMNS - 1) := loaded_at(t);
      signal biases          : std_logic_vector(BIAS_WIDTH - 1 downto 0);
      signal copies_of_valid : std_logic_vector(max(1, start_count(3, t)) - 1 downto 0);
    begin

      copies_of_valid <= starts_of(valid_copies, tap_valid, 3, t);

      words_of_tap : entity work.bxnn_weight_bank
        generic map (
          DEPTH       => PHASES,
          COLUMNS     => COLUMNS,
          COLUMN_BITS => SUM_BITS,
          LOADED      => HERE,
          PIECES      => BIAS_PIECES,
          PER_COUNTER => BIAS_PER_COUNTER,
          PLACE_BITS  => PLACE_BITS,
          LOAD_BITS   => LOAD_BITS,
          EARLY       => minimum(t, 1),
          VALID_COUNT => start_count(3, t),
          CONTENTS    => BIAS_ROWS
        )
        port map (
          clk          => clk,
          rst          => rst,
          valid        => valid,
          bank         => bank_taps(t),
          begins       => begins,
          enter        => enters(CASCADE + t),
          write        => write,
          step         => step,
          place        => place,
          word         => word,
          valid_copies => copies_of_valid,
          leaves       => enters(CASCADE + t + 1),
          data         => biases
        );

      of_column : for c in 0 to COLUMNS - 1 generate
        from_bank : if HERE(c) = 1 generate
          bias_word((c + 1) * SUM_BITS - 1 downto c * SUM_BITS) <= biases((c + 1) * SUM_BITS - 1 downto c * SUM_BITS);
        end generate from_bank;
      end generate of_column;

    end generate loaded_tap;

  end generate loading;

  tap : for t in MULTIPLIER_REGISTER to ADD_STAGE generate
    signal word : std_logic_vector(BIAS_WIDTH - 1 downto 0);
  begin

    used : if starts_at(t) generate
      signal copies_of_valid : std_logic_vector(max(1, start_count(3, t)) - 1 downto 0);
    begin

      copies_of_valid <= starts_of(valid_copies, tap_valid, 3, t);

      rom : entity work.bxnn_weight_rom
        generic map (
          DEPTH             => PHASES,
          WIDTH             => BIAS_WIDTH,
          SETS              => SETS,
          COUNTER_REGISTERS => COUNTER_REGISTERS,
          READERS           => READERS,
          EARLY             => minimum(t, 1),
          VALID_COUNT       => start_count(3, t),
          CONTENTS          => constants_of(t)
        )
        port map (
          clk          => clk,
          rst          => rst,
          valid        => valid,
          weight_set   => set_taps((t + 1) * SET_WIDTH - 1 downto t * SET_WIDTH),
          valid_copies => copies_of_valid,
          data         => word
        );

      of_column : for c in 0 to COLUMNS - 1 generate
        here : if FIRST(c) + MULTIPLIER_REGISTER = t and BIASED(c) generate
          bias_word((c + 1) * SUM_BITS - 1 downto c * SUM_BITS) <= word((c + 1) * SUM_BITS - 1 downto c * SUM_BITS);
        end generate here;
      end generate of_column;

    end generate used;

  end generate tap;

  column : for c in 0 to COLUMNS - 1 generate
    constant START       : natural := FIRST(c);
    constant LENGTH      : natural := CASCADE - START;
    signal   column_bias : std_logic_vector(SUM_BITS - 1 downto 0);
  begin

    column_bias <= bias_word((c + 1) * SUM_BITS - 1 downto c * SUM_BITS);

    unbiased : if not BIASED(c) and VARIES(c) = 0 generate
      bias_word((c + 1) * SUM_BITS - 1 downto c * SUM_BITS) <= (others => '0');
    end generate unbiased;

    -- No DSP: the constant is kept where the P register of the last position would be.
    empty : if LENGTH = 0 generate
      signal held_bias : std_logic_vector(SUM_BITS - 1 downto 0) := (others => '0');
    begin
      load : process (clk)
      begin
        if rising_edge(clk) then
          held_bias <= column_bias;
        end if;
      end process load;
      words((c + 1) * SUM_BITS - 1 downto c * SUM_BITS) <= held_bias;
    end generate empty;

    -- Nor has it operands: a part of a signal that nothing drives would be a tristate bus in a netlist.
    absent : for n in c * CASCADE * TAKEN to (c * CASCADE + START) * TAKEN - 1 generate
      operand((n + 1) * IN_BITS - 1 downto n * IN_BITS) <= (others => '0');
    end generate absent;

    filled : if LENGTH > 0 generate
      signal column_operands : std_logic_vector(LENGTH * OPERAND_WIDTH - 1 downto 0);
      signal column_weights  : std_logic_vector(LENGTH * WEIGHT_BITS - 1 downto 0);
    begin

      wiring : for i in 0 to LENGTH - 1 generate
        constant K      : natural := START + i;
        constant LOWEST : natural := (c * CASCADE + K) * TAKEN; -- the first operand of this DSP
      begin

        taking : for n in LOWEST to LOWEST + TAKEN - 1 generate

          alike : if LEADER(n) < n generate
            operand((n + 1) * IN_BITS - 1 downto n * IN_BITS) <= operand(
              (LEADER(n) + 1) * IN_BITS - 1 downto LEADER(n) * IN_BITS);
          end generate alike;

          different : if LEADER(n) = n generate
            constant DIFFERENT_WORDS : positive := word_count(n);
            signal   choices         : std_logic_vector(DIFFERENT_WORDS * IN_BITS - 1 downto 0);
          begin

            -- Fixed slices rather than a function of all of x: a simulator wakes a process for every bit that it reads.
            choice : for w in 0 to DIFFERENT_WORDS - 1 generate
              constant E : integer := word_at(n, w);
            begin

              nothing : if E < 0 generate
                choices((w + 1) * IN_BITS - 1 downto w * IN_BITS) <= (others => '0');
              end generate nothing;

              fresh : if E >= 0 and E < INPUTS generate
                choices((w + 1) * IN_BITS - 1 downto w * IN_BITS) <= x((E + 1) * IN_BITS - 1 downto E * IN_BITS);
              end generate fresh;

              late : if E >= INPUTS generate
                choices((w + 1) * IN_BITS - 1 downto w * IN_BITS) <= copies(
                  (E - INPUTS + 1) * IN_BITS - 1 downto (E - INPUTS) * IN_BITS);
              end generate late;

            end generate choice;

            kept : if OPERAND_PHASES = 1 generate
              operand((n + 1) * IN_BITS - 1 downto n * IN_BITS) <= choices;
            end generate kept;

            switched : if OPERAND_PHASES > 1 generate
              multiplexer : entity work.bxnn_operand_choice
                generic map (
                  CHOICES => DIFFERENT_WORDS,
                  BITS    => IN_BITS,
                  WORD_OF => PLACE_BY_PHASE(n * OPERAND_PHASES to (n + 1) * OPERAND_PHASES - 1)
                )
                port map (
                  phase  => phase(phase_place(c, K + 1) - 1 downto phase_place(c, K)),
                  words  => choices,
                  chosen => operand((n + 1) * IN_BITS - 1 downto n * IN_BITS)
                );
            end generate switched;

          end generate different;

        end generate taking;

        column_operands((i + 1) * OPERAND_WIDTH - 1 downto i * OPERAND_WIDTH) <= std_logic_vector(
          pack_operands(operand((LOWEST + TAKEN) * IN_BITS - 1 downto LOWEST * IN_BITS), TAKEN, IN_SIGNED, LANE_BITS,
                        OPERAND_WIDTH));

        column_weights((i + 1) * WEIGHT_BITS - 1 downto i * WEIGHT_BITS) <= weight(
          K * ROM_WIDTH + (c + 1) * WEIGHT_BITS - 1 downto K * ROM_WIDTH + c * WEIGHT_BITS);

      end generate wiring;

      cascade_of_dsps : entity work.bxnn_mac_cascade
        generic map (
          LENGTH              => LENGTH,
          OPERAND_BITS        => OPERAND_WIDTH,
          WEIGHT_BITS         => WEIGHT_BITS,
          ACCUM_BITS          => SUM_BITS,
          MULTIPLIER_REGISTER => MULTIPLIER_REGISTER
        )
        port map (
          clk      => clk,
          first    => '1',
          capture  => capture((c / COPY_COLUMNS + 1) * CASCADE - 1 downto (c / COPY_COLUMNS) * CASCADE + START),
          operands => column_operands,
          weights  => column_weights,
          bias     => column_bias,
          sum      => words((c + 1) * SUM_BITS - 1 downto c * SUM_BITS)
        );

    end generate filled;

  end generate column;

  totals : entity work.bxnn_lane_sums
    generic map (
      OUTPUTS          => OUTPUT_LANES,
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
      CYCLES => output_serial_latency(CASCADE, SEGMENTS, MULTIPLIER_REGISTER, LEVELS_PER_STAGE, OPEN_LEVELS)
                - ADD_STAGE
    )
    port map (
      clk     => clk,
      rst     => rst,
      valid   => tap_valid(ADD_STAGE),
      y_valid => sum_valid
    );

end architecture rtl;
