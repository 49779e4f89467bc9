-- bxnn_load_steps: takes the words that are loaded at run time into the registers of one layer and counts their phases.
--
-- Equation:  begins, write, word and the bank in place are what they were a cycle before; phase counts the writes
--            since enter, modulo PHASES; step comes with the write of the last phase
-- Bits:      place = | bank | phase |
-- Latency:   1
-- II:        1
-- Cost:      0 DSP, WIDTH + 3 flip-flops, and for PHASES > 1 ceil(log2 PHASES) + 1; a LUT for step and some for the phase
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_load_steps is
  generic (
    PHASES : positive; -- rows of a bank
    WIDTH  : positive  -- bits of a word
  );
  port (
    clk        : in  std_logic;
    load_begin : in  std_logic;
    load_write : in  std_logic;
    load_bank  : in  std_logic;
    load_data  : in  std_logic_vector(WIDTH - 1 downto 0);
    enter      : in  std_logic;
    begins     : out std_logic;
    write      : out std_logic;
    step       : out std_logic;
    place      : out std_logic_vector(ceil_log2(PHASES) downto 0);
    word       : out std_logic_vector(WIDTH - 1 downto 0)
  );
end entity bxnn_load_steps;

architecture rtl of bxnn_load_steps is

  signal ports   : std_logic_vector(WIDTH + 2 downto 0);
  signal ports_q : std_logic_vector(WIDTH + 2 downto 0);

begin

  ports <= load_begin & load_write & load_bank & load_data;

  registered : entity work.bxnn_replica
    generic map (
      WIDTH => WIDTH + 3
    )
    port map (
      clk => clk,
      rst => '0',
      d   => ports,
      q   => ports_q
    );

  begins                   <= ports_q(WIDTH + 2);
  write                    <= ports_q(WIDTH + 1);
  place(ceil_log2(PHASES)) <= ports_q(WIDTH);
  word                     <= ports_q(WIDTH - 1 downto 0);

  one_phase : if PHASES = 1 generate
    step <= ports_q(WIDTH + 1);
  end generate one_phase;

  several_phases : if PHASES > 1 generate
    signal phase : unsigned(ceil_log2(PHASES) - 1 downto 0) := (others => '0');
    signal last  : std_logic                                := '0'; -- the phase is the last one
  begin

    step <= ports_q(WIDTH + 1) and last;

    place(ceil_log2(PHASES) - 1 downto 0) <= std_logic_vector(phase);

    count : process (clk)
    begin
      if rising_edge(clk) then
        if ports_q(WIDTH + 1) = '1' then
          phase <= phase + 1;
          last  <= '0';
          if phase = PHASES - 2 then
            last <= '1';
          end if;
          if last = '1' then
            phase <= (others => '0');
            last  <= '0';
          end if;
        end if;
        if enter = '1' then
          phase <= (others => '0');
          last  <= '0';
        end if;
      end if;
    end process count;

  end generate several_phases;

end architecture rtl;
