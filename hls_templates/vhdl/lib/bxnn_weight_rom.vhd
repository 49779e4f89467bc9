-- bxnn_weight_rom: constant rows, each in its cycle of an event, of one set or of the set of the event's channel.
--
-- Equation:  data = row p of CONTENTS in cycle p of an event, row 0 between events; valid is high in cycle -EARLY
-- Bits:      CONTENTS = | row DEPTH-1 | ... | row 1 | row 0 |, WIDTH bits each; with SETS > 1 those of set 0 lowest
-- Registers: a bit of data that changes from row to row is a register; bits that are equal in all rows share one, at
--            most READERS of them. COUNTER_REGISTERS registers have a phase counter (bxnn_replica_rom).
-- Sets:      with SETS > 1, rows are those of the set that weight_set is from cycle -2 on (bxnn_replica_sets).
--
--            valid --> counter --> row --> register --> bits of data          (equal bits)
--                                  row --> register --> bits of data
--                      counter --> row --> register --> bits of data
--
-- Copies:    with VALID_COUNT > 0, valid_copies are equal to valid; each starts neighbouring counters.
-- Latency:   0: row 0 is there before valid is.
-- II:        DEPTH
-- Cost:      0 DSP; a flip-flop and, for DEPTH <= 64, a LUT6 per register; a counter per COUNTER_REGISTERS of them;
--            nothing for bits that never change.
--
-- Every weight and bias enters a layer through an instance of this entity. It is a separate entity so that a
-- RAM with a load port can take its place; cost checks keep its hierarchy, since a constant would otherwise be
-- folded into a multiplier.
library ieee;
use ieee.std_logic_1164.all;
use work.bxnn_pkg.all;

entity bxnn_weight_rom is
  generic (
    DEPTH             : positive;                  -- rows
    WIDTH             : positive;                  -- bits of a row
    SETS              : positive             := 1; -- sets of rows of which one is chosen
    COUNTER_REGISTERS : natural              := 0; -- registers that share a phase counter; 0: all
    READERS           : natural              := 0; -- most bits of data that a register drives; 0: any number
    EARLY             : natural range 0 to 1 := 0; -- cycles from valid to row 0: every counter has a register for valid
    VALID_COUNT       : natural              := 0; -- copies of valid; 0: valid itself starts all counters
    CONTENTS          : std_logic_vector           -- the rows, row 0 lowest
  );
  port (
    clk          : in  std_logic;
    rst          : in  std_logic;
    valid        : in  std_logic;
    weight_set   : in  std_logic_vector(phase_bits(SETS) - 1 downto 0)    := (others => '0');
    valid_copies : in  std_logic_vector(max(1, VALID_COUNT) - 1 downto 0) := (others => '0');
    data         : out std_logic_vector(WIDTH - 1 downto 0)
  );
end entity bxnn_weight_rom;

architecture rtl of bxnn_weight_rom is

  constant ROW_COUNT : positive := SETS * DEPTH;

  constant CHECKED : boolean := require(CONTENTS'length = ROW_COUNT * WIDTH,
    "bxnn_weight_rom: CONTENTS has " & integer'image(CONTENTS'length) & " bits, SETS * DEPTH * WIDTH is "
    & integer'image(ROW_COUNT * WIDTH));

  constant ROWS : std_logic_vector(ROW_COUNT * WIDTH - 1 downto 0) := CONTENTS;

  constant MOST : positive := chunk(WIDTH, READERS);

  -- For each bit of data two entries: the copy of its register, -1 if it never changes, and the place in that copy.
  -- Equal bits are found by a hash table, whose entries are bits.
  function registers_of (table : std_logic_vector) return integer_vector is
    constant SLOTS  : positive                           := 2 * WIDTH + 1;
    variable latest : integer_vector(0 to SLOTS - 1)     := (others => -1);
    variable driven : integer_vector(0 to SLOTS - 1)     := (others => 0);
    variable filled : integer_vector(0 to WIDTH)         := (others => 0);
    variable found  : integer_vector(0 to 2 * WIDTH - 1) := (others => -1);
    variable slot   : natural;
    variable home   : natural;
    variable alike  : boolean;
  begin
    for b in 0 to WIDTH - 1 loop
      slot  := 0;
      alike := true;
      for p in 0 to ROW_COUNT - 1 loop
        slot := 2 * slot;
        if table(p * WIDTH + b) = '1' then
          slot := slot + 1;
        end if;
        slot  := slot mod SLOTS;
        alike := alike and table(p * WIDTH + b) = table(b);
      end loop;
      if not alike then
        while latest(slot) >= 0 and not alike loop
          alike := true;
          for p in 0 to ROW_COUNT - 1 loop
            alike := alike and table(p * WIDTH + b) = table(p * WIDTH + latest(slot));
          end loop;
          if not alike then
            slot := (slot + 1) mod SLOTS;
          end if;
        end loop;
        home         := driven(slot) / MOST;
        found(2 * b) := home;
        if driven(slot) mod MOST = 0 then
          found(2 * b + 1) := filled(home);
          filled(home)     := filled(home) + 1;
        else
          found(2 * b + 1) := found(2 * latest(slot) + 1);
        end if;
        latest(slot) := b;
        driven(slot) := driven(slot) + 1;
      end if;
    end loop;
    return found;
  end function registers_of;

  constant SOURCE : integer_vector(0 to 2 * WIDTH - 1) := registers_of(ROWS);

  -- First of the registers of each copy; the last entry is their total number.
  function first_registers (table : integer_vector) return integer_vector is
    variable filled : integer_vector(0 to WIDTH) := (others => 0);
    variable first  : integer_vector(0 to WIDTH) := (others => 0);
    variable copies : natural                    := 0;
  begin
    for b in 0 to WIDTH - 1 loop
      if table(2 * b) >= 0 then
        filled(table(2 * b)) := max(filled(table(2 * b)), table(2 * b + 1) + 1);
        copies               := max(copies, table(2 * b) + 1);
      end if;
    end loop;
    for j in 0 to copies - 1 loop
      first(j + 1) := first(j) + filled(j);
    end loop;
    return first(0 to copies);
  end function first_registers;

  constant FIRST  : integer_vector := first_registers(SOURCE);
  constant COPIES : natural        := FIRST'length - 1;

  -- For each copy the number of counters of those before it; the last entry is the number of all.
  function first_counters return integer_vector is
    variable counters : integer_vector(0 to COPIES) := (others => 0);
    variable found    : natural;
  begin
    for j in 0 to COPIES - 1 loop
      found           := FIRST(j + 1) - FIRST(j);
      counters(j + 1) := counters(j) + (found + chunk(found, COUNTER_REGISTERS) - 1) / chunk(found, COUNTER_REGISTERS);
    end loop;
    return counters;
  end function first_counters;

  constant COUNTER : integer_vector(0 to COPIES) := first_counters;

  -- The registers of all copies; an unused one if no bit changes, because a null vector is not portable.
  signal held : std_logic_vector(max(1, FIRST(COPIES)) - 1 downto 0);

  -- One function for all bits: a process for each would be much of what a simulator does in a cycle.
  function row_of (registers : std_logic_vector) return std_logic_vector is
    variable row : std_logic_vector(WIDTH - 1 downto 0);
  begin
    for b in 0 to WIDTH - 1 loop
      if SOURCE(2 * b) < 0 then
        row(b) := ROWS(b);
      else
        row(b) := registers(FIRST(SOURCE(2 * b)) + SOURCE(2 * b + 1));
      end if;
    end loop;
    return row;
  end function row_of;

begin

  data <= row_of(held);

  -- Equal registers of different copies must not have a counter in common: synthesis would merge them.
  copy : for j in 0 to COPIES - 1 generate
    constant REGISTERS   : positive := FIRST(j + 1) - FIRST(j);
    constant PER_COUNTER : positive := chunk(REGISTERS, COUNTER_REGISTERS);
  begin

    of_counter : for c in 0 to (REGISTERS - 1) / PER_COUNTER generate
      constant LOW   : natural  := c * PER_COUNTER;
      constant TAKEN : positive := minimum(PER_COUNTER, REGISTERS - LOW);
      signal starts  : std_logic;

      function taken_rows return std_logic_vector is
        variable found : std_logic_vector(ROW_COUNT * TAKEN - 1 downto 0) := (others => '0');
      begin
        for b in 0 to WIDTH - 1 loop
          if SOURCE(2 * b) = j and SOURCE(2 * b + 1) >= LOW and SOURCE(2 * b + 1) < LOW + TAKEN then
            for p in 0 to ROW_COUNT - 1 loop
              found(p * TAKEN + SOURCE(2 * b + 1) - LOW) := ROWS(p * WIDTH + b);
            end loop;
          end if;
        end loop;
        return found;
      end function taken_rows;
    begin
      starts <= valid when VALID_COUNT = 0 else
                valid_copies(copy_of(COUNTER(j) + c, COUNTER(COPIES), max(1, VALID_COUNT)));

      one_set : if SETS = 1 generate
        words : entity work.bxnn_replica_rom
          generic map (
            DEPTH    => DEPTH,
            WIDTH    => TAKEN,
            EARLY    => EARLY,
            CONTENTS => taken_rows
          )
          port map (
            clk   => clk,
            rst   => rst,
            valid => starts,
            data  => held(FIRST(j) + LOW + TAKEN - 1 downto FIRST(j) + LOW)
          );
      end generate one_set;

      several_sets : if SETS > 1 generate
        words : entity work.bxnn_replica_sets
          generic map (
            SETS     => SETS,
            DEPTH    => DEPTH,
            WIDTH    => TAKEN,
            EARLY    => EARLY,
            CONTENTS => taken_rows
          )
          port map (
            clk        => clk,
            rst        => rst,
            valid      => starts,
            weight_set => weight_set,
            data       => held(FIRST(j) + LOW + TAKEN - 1 downto FIRST(j) + LOW)
          );
      end generate several_sets;
    end generate of_counter;

  end generate copy;

end architecture rtl;
