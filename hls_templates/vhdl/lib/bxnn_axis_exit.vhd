-- bxnn_axis_exit: keeps results until AXI4-Stream takes them, beat by beat.
--
-- Equation:  each result with its user leaves as BEATS transfers, in the order of arrival, the last with m_tlast;
--            freed is high for a cycle when its place is free again. No more than DEPTH results may be on their way,
--            which bxnn_axis_entry sees to.
-- Bits:      y = | beat BEATS-1 | ... | beat 0 |, WIDTH bits each, sent from beat 0 on.
-- Latency:   2 from valid to the first m_tvalid
-- II:        BEATS
-- Cost:      0 DSP; DEPTH words of BEATS * WIDTH + USER_BITS bits of distributed RAM, one transfer in flip-flops.
library ieee;
use ieee.std_logic_1164.all;

entity bxnn_axis_exit is
  generic (
    BEATS     : positive; -- transfers of a result
    WIDTH     : positive; -- bits of a transfer
    USER_BITS : positive; -- bits of the tag
    DEPTH     : positive  -- places for results
  );
  port (
    clk      : in  std_logic;
    rst      : in  std_logic;
    valid    : in  std_logic;
    y        : in  std_logic_vector(BEATS * WIDTH - 1 downto 0);
    user     : in  std_logic_vector(USER_BITS - 1 downto 0);
    freed    : out std_logic;
    m_tvalid : out std_logic;
    m_tready : in  std_logic;
    m_tdata  : out std_logic_vector(WIDTH - 1 downto 0);
    m_tlast  : out std_logic;
    m_tuser  : out std_logic_vector(USER_BITS - 1 downto 0)
  );
end entity bxnn_axis_exit;

architecture rtl of bxnn_axis_exit is

  constant RESULT : positive := BEATS * WIDTH;

  type word_array is array (0 to DEPTH - 1) of std_logic_vector(USER_BITS + RESULT - 1 downto 0);

  signal place   : word_array                   := (others => (others => '0'));
  signal newest  : natural range 0 to DEPTH - 1 := 0;
  signal oldest  : natural range 0 to DEPTH - 1 := 0;
  signal stored  : natural range 0 to DEPTH     := 0;
  signal beat    : natural range 0 to BEATS - 1 := 0;
  signal sending : std_logic                    := '0';

begin

  m_tvalid <= sending;

  move : process (clk) is
    variable word   : std_logic_vector(USER_BITS + RESULT - 1 downto 0);
    variable change : integer range -1 to 1;
  begin
    if rising_edge(clk) then
      change := 0;
      freed  <= '0';
      if valid = '1' then
        place(newest) <= user & y;
        newest        <= (newest + 1) mod DEPTH;
        change        := 1;
      end if;
      if sending = '0' or m_tready = '1' then
        sending <= '0';
        if stored /= 0 then
          word    := place(oldest);
          m_tdata <= word((beat + 1) * WIDTH - 1 downto beat * WIDTH);
          m_tuser <= word(USER_BITS + RESULT - 1 downto RESULT);
          m_tlast <= '0';
          sending <= '1';
          if beat = BEATS - 1 then
            m_tlast <= '1';
            freed   <= '1';
            beat    <= 0;
            oldest  <= (oldest + 1) mod DEPTH;
            change  := change - 1;
          else
            beat <= beat + 1;
          end if;
        end if;
      end if;
      stored <= stored + change;
      if rst = '1' then
        newest  <= 0;
        oldest  <= 0;
        stored  <= 0;
        beat    <= 0;
        sending <= '0';
        freed   <= '0';
      end if;
    end if;
  end process move;

end architecture rtl;
