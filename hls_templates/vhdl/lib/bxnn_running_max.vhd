-- bxnn_running_max: the largest element of each of many windows whose elements arrive one by one on a lane.
--
-- Equation:  an event takes ROUNDS * SLOTS cycles. In round r, lane l carries an element of its window s in
--            cycle r * SLOTS + s:  m(s, l) = max over r of x(l) in cycle r * SLOTS + s
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, BITS each, signed codes when SIGNED_CODES = 1;
--            y like x with HELD = 0; with HELD = 1
--            y = | window SLOTS-1: lane LANES-1 | ... | window 0: lane LANES-1 | ... | window 0: lane 0 |
-- Latency:   HELD = 0: (ROUNDS - 1) * SLOTS + 1; window 0 of every lane is visible with y_valid, window s
--            s cycles later. HELD = 1: ROUNDS * SLOTS; all windows are visible with y_valid, until the next
--            event is complete.
-- II:        ROUNDS * SLOTS. The first round of an event is told from later ones by its own valid alone.
-- Cost:      0 DSP; per lane a comparator and a multiplexer, SLOTS * BITS flip-flops (long chains of which
--            only the end is read become shift registers), and as many for the result when HELD = 1;
--            ROUNDS * SLOTS flip-flops for valid.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_running_max is
  generic (
    LANES        : positive;             -- elements that arrive in one cycle
    SLOTS        : positive;             -- windows of a lane
    ROUNDS       : positive;             -- elements of a window
    BITS         : positive;             -- bits of an element
    SIGNED_CODES : natural range 0 to 1; -- 1: x is two's complement; 0: unsigned
    HELD         : natural range 0 to 1  -- 1: all windows leave at once and are held; 0: one after another
  );
  port (
    clk     : in  std_logic;
    rst     : in  std_logic;
    valid   : in  std_logic;
    x       : in  std_logic_vector(LANES * BITS - 1 downto 0);
    y_valid : out std_logic;
    y       : out std_logic_vector((HELD * (SLOTS - 1) + 1) * LANES * BITS - 1 downto 0)
  );
end entity bxnn_running_max;

architecture rtl of bxnn_running_max is

  constant ROW    : positive := LANES * BITS;
  constant PHASES : positive := ROUNDS * SLOTS;

  -- Element i is valid, i cycles later.
  signal passed : std_logic_vector(0 to PHASES);

  signal chain   : std_logic_vector(1 to PHASES)              := (others => '0');
  signal opening : std_logic                                  := '1'; -- first round, or between events
  signal kept    : std_logic_vector(SLOTS * ROW - 1 downto 0) := (others => '0');
  signal newest  : std_logic_vector(ROW - 1 downto 0);
  signal latest  : std_logic_vector(SLOTS * ROW - 1 downto 0);

begin

  passed <= valid & chain;

  control : process (clk)
  begin
    if rising_edge(clk) then
      chain   <= passed(0 to PHASES - 1);
      opening <= not (or passed(SLOTS - 1 to PHASES - 2));
      if rst = '1' then
        chain   <= (others => '0');
        opening <= '1';
      end if;
    end if;
  end process control;

  lane : for l in 0 to LANES - 1 generate

    subtype word is std_logic_vector(BITS - 1 downto 0);

    function operand (code : word) return signed is
    begin
      return to_operand(code, SIGNED_CODES, BITS + 1);
    end function operand;

    signal arriving : word;
    signal earlier  : word;
    signal taken    : boolean;

  begin

    arriving <= element(x, l, BITS);
    earlier  <= element(kept, l, BITS);
    taken    <= opening = '1' or operand(arriving) > operand(earlier);

    newest((l + 1) * BITS - 1 downto l * BITS) <= arriving when taken else
                                                  earlier;

  end generate lane;

  -- The row of the current cycle is the highest; that of SLOTS cycles ago, with the same windows, leaves.
  latest <= newest & kept(SLOTS * ROW - 1 downto ROW);

  keep : process (clk)
  begin
    if rising_edge(clk) then
      kept <= latest;
    end if;
  end process keep;

  one_by_one : if HELD = 0 generate
    y       <= kept(SLOTS * ROW - 1 downto (SLOTS - 1) * ROW);
    y_valid <= passed((ROUNDS - 1) * SLOTS + 1);
  end generate one_by_one;

  at_once : if HELD = 1 generate
    signal result : std_logic_vector(SLOTS * ROW - 1 downto 0) := (others => '0');
  begin

    load : process (clk)
    begin
      if rising_edge(clk) then
        if passed(PHASES - 1) = '1' then
          result <= latest;
        end if;
      end if;
    end process load;

    y       <= result;
    y_valid <= passed(PHASES);

  end generate at_once;

end architecture rtl;
