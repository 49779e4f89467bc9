-- bxnn_parallel_to_serial: sends a held event phase by phase.
--
-- Equation:  lane l of y in cycle p + 1 is element p * LANES + l of x.
-- Bits:      x = | phase PHASES-1, lane LANES-1 | ... | phase 0, lane 0 |, BITS each;
--            y = | lane LANES-1 | ... | lane 0 |
-- Copies:    with VALID_COUNT > 0, valid_copies are equal to valid; each starts neighbouring counters.
-- Latency:   1: phase p is visible in cycle p + 1, y_valid with phase 0. x must be held for PHASES cycles.
-- II:        PHASES
-- Cost:      0 DSP; a PHASES-to-1 tree of choices and a flip-flop per output bit, a phase counter and copies of it. Beyond
--            16 phases, the phases are cut into groups: the next phase of every group is in a register before one
--            group is chosen, so that no path leads through both trees. No bit of a counter drives more than
--            MAX_FANOUT LUTs, unless a single tree has more.
library ieee;
use ieee.std_logic_1164.all;
use work.bxnn_pkg.all;

entity bxnn_parallel_to_serial is
  generic (
    INPUTS      : positive;     -- elements of x
    LANES       : positive;     -- elements that leave in one cycle
    PHASES      : positive;     -- cycles over which they leave
    BITS        : positive;     -- bits of an element
    MAX_FANOUT  : natural := 0; -- most loads of a bit of the counter; 0: any
    VALID_COUNT : natural := 0  -- copies of valid; 0: valid itself starts every counter
  );
  port (
    clk          : in  std_logic;
    rst          : in  std_logic;
    valid        : in  std_logic;
    x            : in  std_logic_vector(INPUTS * BITS - 1 downto 0);
    valid_copies : in  std_logic_vector(max(1, VALID_COUNT) - 1 downto 0) := (others => '0');
    y_valid      : out std_logic;
    y            : out std_logic_vector(LANES * BITS - 1 downto 0)
  );
end entity bxnn_parallel_to_serial;

architecture rtl of bxnn_parallel_to_serial is

  constant CHECKED : boolean := require(INPUTS = PHASES * LANES,
    "bxnn_parallel_to_serial: INPUTS is " & integer'image(INPUTS) & ", PHASES * LANES is "
    & integer'image(PHASES * LANES));

  function choose (first : boolean; one, other : natural) return natural is
  begin
    if first then
      return one;
    end if;
    return other;
  end function choose;

  constant ROW_BITS   : positive := LANES * BITS;
  constant WIDTH      : positive := phase_bits(PHASES);
  constant ONE_GROUP  : boolean  := PHASES <= 16;
  constant LOW_WIDTH  : positive := choose(ONE_GROUP, WIDTH, (WIDTH + 1) / 2);
  constant GROUP_SIZE : positive := 2 ** LOW_WIDTH;
  constant GROUPS     : positive := (PHASES + GROUP_SIZE - 1) / GROUP_SIZE;

  -- LUTs of one bit that a bit of the counter drives in a tree of choices.
  function loads_of (words : positive) return positive is
  begin
    return max(1, (words + 2) / 4);
  end function loads_of;

  -- Those of a group, the last one is no larger, and of what chooses between groups or the first phase.
  constant LOADS     : positive := max(loads_of(minimum(GROUP_SIZE, PHASES)), loads_of(GROUPS + 1));
  constant OWN_LOADS : positive := WIDTH + 3; -- in the counter itself

  constant SERVED      : positive := chunk(GROUPS * ROW_BITS,
    max(minimum(MAX_FANOUT, 1), (max(MAX_FANOUT, OWN_LOADS) - OWN_LOADS) / LOADS));
  constant SLICE_BITS  : positive := bits_of_slice(ROW_BITS, SERVED, 1);
  constant SLICES      : positive := (ROW_BITS + SLICE_BITS - 1) / SLICE_BITS;
  constant COPY_GROUPS : positive := max(1, SERVED / (SLICES * SLICE_BITS));
  constant COPIES      : positive := (GROUPS + COPY_GROUPS - 1) / COPY_GROUPS * SLICES;
  constant TAPS        : positive := 2;

  signal phase     : std_logic_vector(COPIES * TAPS * WIDTH - 1 downto 0);
  signal tap_valid : std_logic_vector(COPIES * TAPS - 1 downto 0);
  signal chosen    : std_logic_vector(ROW_BITS - 1 downto 0);

begin

  sequencer : entity work.bxnn_phase_sequencer
    generic map (
      PHASES      => PHASES,
      TAPS        => TAPS,
      COPIES      => COPIES,
      VALID_COUNT => VALID_COUNT
    )
    port map (
      clk          => clk,
      rst          => rst,
      valid        => valid,
      valid_copies => valid_copies,
      phase        => phase,
      tap_valid    => tap_valid
    );

  slice : for s in 0 to SLICES - 1 generate
    constant LOW          : natural  := s * SLICE_BITS;
    constant WIDE         : positive := minimum(SLICE_BITS, ROW_BITS - LOW);
    signal   groups_found : std_logic_vector(GROUPS * WIDE - 1 downto 0);
  begin

    part : for g in 0 to GROUPS - 1 generate
      -- Of several groups, a place has the phase after its own, the last place the first phase.
      constant COPY  : natural  := g / COPY_GROUPS * SLICES + s;
      constant FIRST : natural  := COPY * TAPS * WIDTH;
      constant WORDS : positive := minimum(GROUP_SIZE, PHASES - g * GROUP_SIZE);
      constant LATER : natural  := choose(ONE_GROUP, 0, 1);

      signal rows    : std_logic_vector(WORDS * WIDE - 1 downto 0);
      signal current : std_logic_vector(WIDE - 1 downto 0);
      signal found   : std_logic_vector(WIDE - 1 downto 0) := (others => '0');
    begin

      row : for p in 0 to WORDS - 1 generate
        constant PLACED : natural := g * GROUP_SIZE + (p + LATER) mod WORDS;
      begin
        rows((p + 1) * WIDE - 1 downto p * WIDE) <= x(PLACED * ROW_BITS + LOW + WIDE - 1 downto PLACED * ROW_BITS + LOW);
      end generate row;

      -- Places beyond the words of the last group have its last word, as they must just before the group begins.
      choice : entity work.bxnn_choice_tree
        generic map (
          CHOICES     => WORDS,
          BITS        => WIDE,
          NUMBER_BITS => phase_bits(WORDS)
        )
        port map (
          number => phase(FIRST + phase_bits(WORDS) - 1 downto FIRST),
          words  => rows,
          chosen => current
        );

      at_once : if ONE_GROUP generate
        found <= current;
      end generate at_once;

      ahead : if not ONE_GROUP generate
        look_up : process (clk)
        begin
          if rising_edge(clk) then
            found <= current;
          end if;
        end process look_up;
      end generate ahead;

      groups_found((g + 1) * WIDE - 1 downto g * WIDE) <= found;

    end generate part;

    direct : if ONE_GROUP generate
      chosen(LOW + WIDE - 1 downto LOW) <= groups_found(WIDE - 1 downto 0);
    end generate direct;

    -- The first phase is the last word, whatever the number of the group is.
    by_group : if not ONE_GROUP generate
      constant COUNTED : natural := s * TAPS * WIDTH;
      signal   number  : std_logic_vector(WIDTH - LOW_WIDTH downto 0);
      signal   places  : std_logic_vector((GROUPS + 1) * WIDE - 1 downto 0);
      signal starts    : std_logic;
    begin

      starts <= valid when VALID_COUNT = 0 else
                valid_copies(copy_of(s, COPIES, max(1, VALID_COUNT)));

      number <= starts & phase(COUNTED + WIDTH - 1 downto COUNTED + LOW_WIDTH);
      places <= x(LOW + WIDE - 1 downto LOW) & groups_found;

      group_choice : entity work.bxnn_choice_tree
        generic map (
          CHOICES     => GROUPS + 1,
          BITS        => WIDE,
          NUMBER_BITS => WIDTH - LOW_WIDTH + 1
        )
        port map (
          number => number,
          words  => places,
          chosen => chosen(LOW + WIDE - 1 downto LOW)
        );

    end generate by_group;

  end generate slice;

  sent : entity work.bxnn_result_register
    generic map (
      BITS => ROW_BITS
    )
    port map (
      clk    => clk,
      enable => '1',
      x      => chosen,
      y      => y
    );

  y_valid <= tap_valid(1);

end architecture rtl;
