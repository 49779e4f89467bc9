-- bxnn_phase_step: the phase after the present one, where it has more bits than a LUT next to the restart.
--
-- Equation:  upcoming = 1 with restart; otherwise 0 after phase 0 and after the last one, and now + 1 after others,
--            modulo 2**phase_bits(PHASES)
-- Bits:      now and upcoming are unsigned.
-- Latency:   0, combinational
-- II:        1
-- Cost:      0 DSP, 0 flip-flops; 9 LUTs for 6 bits, up to 14 for 7, 15 for 8, and two for every further one.
--            Two LUTs in a row, three for more than 7 bits; restart is an input of the last one only.
--
-- The LUTs are pages of bxnn_replica_page, for the reasons given there: how many LUTs synthesis made in a row depended on
-- the number of phases, and on what was beside them.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_phase_step is
  generic (
    PHASES : positive range 33 to 1024 -- phases of an event
  );
  port (
    now      : in  std_logic_vector(phase_bits(PHASES) - 1 downto 0);
    restart  : in  std_logic;
    upcoming : out std_logic_vector(phase_bits(PHASES) - 1 downto 0)
  );
end entity bxnn_phase_step;

architecture rtl of bxnn_phase_step is

  constant WIDTH      : positive := phase_bits(PHASES);
  constant PAGE_BITS  : positive := 6;
  constant ROWS       : positive := 2 ** PAGE_BITS;
  constant HIGH_BITS  : natural  := WIDTH - PAGE_BITS;
  constant LAST_LOW   : natural  := (PHASES - 1) mod ROWS;
  constant LAST_HIGH  : natural  := (PHASES - 1) / ROWS;
  constant ONE_LATER  : boolean  := HIGH_BITS = 1; -- whether the LUTs of the upcoming phase see whether it stops
  constant NEAR       : positive := 4;             -- bits that are in one LUT with restart and stop, unless these do
  constant LOW_FOUND  : positive := PAGE_BITS + 1;
  constant HIGH_FOUND : positive := 4;

  -- Whether the phase is 0 or the last one: of its low bits, whether all are zero and whether they are the last phase's.
  function stops (zero, last : boolean; high : natural) return boolean is
  begin
    return (zero and high = 0) or (high = LAST_HIGH and (last or (zero and LAST_LOW = 0)));
  end function stops;

  -- By the low bits: bit 0 is whether they are zero, or the phase stops if there are no others; bit 1, whether they are
  -- those of the last phase, unless zero; bit k, whether all below bit k are one.
  function low_table return std_logic_vector is
    variable found : std_logic_vector(ROWS * LOW_FOUND - 1 downto 0) := (others => '0');
  begin
    for p in 0 to ROWS - 1 loop
      if p = 0 or (HIGH_BITS = 0 and p = LAST_LOW) then
        found(p * LOW_FOUND) := '1';
      end if;
      if p = LAST_LOW and p > 0 then
        found(p * LOW_FOUND + 1) := '1';
      end if;
      for k in 2 to PAGE_BITS loop
        if (p + 1) mod 2 ** k = 0 then
          found(p * LOW_FOUND + k) := '1';
        end if;
      end loop;
    end loop;
    return found;
  end function low_table;

  -- By two bits of the first page and the high bits: whether the phase stops.
  function stop_table return std_logic_vector is
    variable found : std_logic_vector(0 to ROWS - 1) := (others => '0');
  begin
    for p in found'range loop
      if stops(p mod 2 = 1, p / 2 mod 2 = 1, p / 4) then
        found(ROWS - 1 - p) := '1';
      end if;
    end loop;
    return found;
  end function stop_table;

  -- By whether all low bits are one, and the high bits: bit k, whether all bits below high bit k + 1 are.
  function carry_table return std_logic_vector is
    variable found : std_logic_vector(ROWS * HIGH_FOUND - 1 downto 0) := (others => '0');
  begin
    for p in 0 to ROWS - 1 loop
      for k in 0 to HIGH_FOUND - 1 loop
        if (p + 1) mod 2 ** (k + 2) = 0 then
          found(p * HIGH_FOUND + k) := '1';
        end if;
      end loop;
    end loop;
    return found;
  end function carry_table;

  -- By the near bits, stop and restart: the near bits of the upcoming phase.
  function near_table return std_logic_vector is
    variable found : std_logic_vector(ROWS * NEAR - 1 downto 0) := (others => '0');
  begin
    for p in 0 to ROWS - 1 loop
      if p >= ROWS / 2 then
        found(p * NEAR) := '1';
      elsif p < ROWS / 4 then
        found((p + 1) * NEAR - 1 downto p * NEAR) := std_logic_vector(to_unsigned((p + 1) mod 2 ** NEAR, NEAR));
      end if;
    end loop;
    return found;
  end function near_table;

  -- By a bit, the carry into it, three bits that say whether the phase stops, and restart: that bit of the upcoming phase.
  function far_table (first : boolean) return std_logic_vector is
    variable found : std_logic_vector(0 to ROWS - 1) := (others => '0');
    variable stop  : boolean;
  begin
    for p in found'range loop
      stop := p / 4 mod 2 = 1;
      if ONE_LATER then
        stop := stops(stop, p / 8 mod 2 = 1, p / 16 mod 2);
      end if;
      if (p >= ROWS / 2 and first) or (p < ROWS / 2 and not stop and p mod 2 /= p / 2 mod 2) then
        found(ROWS - 1 - p) := '1';
      end if;
    end loop;
    return found;
  end function far_table;

  function first_far return natural is
  begin
    if ONE_LATER then
      return 0;
    end if;
    return NEAR;
  end function first_far;

  signal low   : std_logic_vector(LOW_FOUND - 1 downto 0);
  signal carry : std_logic_vector(PAGE_BITS + HIGH_FOUND downto 0); -- into every bit
  signal stop  : std_logic_vector(2 downto 0);

begin

  low_page : entity work.bxnn_replica_page
    generic map (
      WORDS    => ROWS,
      WIDTH    => LOW_FOUND,
      CONTENTS => low_table
    )
    port map (
      place => now(PAGE_BITS - 1 downto 0),
      data  => low
    );

  carry(PAGE_BITS downto 0) <= low(PAGE_BITS downto 2) & now(0) & '1';

  no_high : if HIGH_BITS = 0 generate
    stop                                           <= "00" & low(0);
    carry(PAGE_BITS + HIGH_FOUND downto LOW_FOUND) <= (others => '0');
  end generate no_high;

  one_high : if ONE_LATER generate
    stop                                           <= now(PAGE_BITS) & low(1 downto 0);
    carry(PAGE_BITS + HIGH_FOUND downto LOW_FOUND) <= (others => '0');
  end generate one_high;

  several_high : if HIGH_BITS > 1 generate
    signal high : std_logic_vector(HIGH_FOUND - 1 downto 0);
  begin

    high             <= std_logic_vector(resize(unsigned(now(WIDTH - 1 downto PAGE_BITS)), HIGH_FOUND));
    stop(2 downto 1) <= "00";

    stop_page : entity work.bxnn_replica_page
      generic map (
        WORDS    => ROWS,
        WIDTH    => 1,
        CONTENTS => stop_table
      )
      port map (
        place => high & low(1 downto 0),
        data  => stop(0 downto 0)
      );

    carry_page : entity work.bxnn_replica_page
      generic map (
        WORDS    => ROWS,
        WIDTH    => HIGH_FOUND,
        CONTENTS => carry_table
      )
      port map (
        place => '0' & high & low(PAGE_BITS),
        data  => carry(PAGE_BITS + HIGH_FOUND downto LOW_FOUND)
      );

  end generate several_high;

  near_bits : if not ONE_LATER generate
    near_page : entity work.bxnn_replica_page
      generic map (
        WORDS    => ROWS,
        WIDTH    => NEAR,
        CONTENTS => near_table
      )
      port map (
        place => restart & stop(0) & now(NEAR - 1 downto 0),
        data  => upcoming(NEAR - 1 downto 0)
      );
  end generate near_bits;

  far : for k in first_far to WIDTH - 1 generate
    far_page : entity work.bxnn_replica_page
      generic map (
        WORDS    => ROWS,
        WIDTH    => 1,
        CONTENTS => far_table(k = 0)
      )
      port map (
        place => restart & stop & carry(k) & now(k),
        data  => upcoming(k downto k)
      );
  end generate far;

end architecture rtl;
