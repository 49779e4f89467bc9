-- bxnn_axis_entry: collects the beats of an event from AXI4-Stream, and admits it when its result will find a place.
--
-- Equation:  an event is BEATS transfers, the last of them with s_tlast; a frame of another length is dropped
--            whole, and misaligned is high for a cycle. An event enters if one of DEPTH places for results is
--            free, and SPACING cycles or more after the previous one. freed gives a place back.
-- Bits:      x = | beat BEATS-1 | ... | beat 0 |, WIDTH bits each; user is that of the last beat.
-- Latency:   1 from the transfer of the last beat to valid; x and user stay until the next valid.
-- II:        the larger of BEATS and SPACING, while places are free
-- Cost:      0 DSP; (2 * BEATS - 1) * WIDTH flip-flops, USER_BITS, and three counters.
library ieee;
use ieee.std_logic_1164.all;

entity bxnn_axis_entry is
  generic (
    BEATS     : positive; -- transfers of an event
    WIDTH     : positive; -- bits of a transfer
    USER_BITS : positive; -- bits of the tag
    SPACING   : positive; -- minimum distance of events
    DEPTH     : positive  -- places for results
  );
  port (
    clk        : in  std_logic;
    rst        : in  std_logic;
    s_tvalid   : in  std_logic;
    s_tready   : out std_logic;
    s_tdata    : in  std_logic_vector(WIDTH - 1 downto 0);
    s_tlast    : in  std_logic;
    s_tuser    : in  std_logic_vector(USER_BITS - 1 downto 0);
    freed      : in  std_logic;
    misaligned : out std_logic;
    valid      : out std_logic;
    x          : out std_logic_vector(BEATS * WIDTH - 1 downto 0);
    user       : out std_logic_vector(USER_BITS - 1 downto 0)
  );
end entity bxnn_axis_entry;

architecture rtl of bxnn_axis_entry is

  signal beat     : natural range 0 to BEATS - 1   := 0;
  signal waiting  : natural range 0 to SPACING - 1 := 0;
  signal places   : natural range 0 to DEPTH       := DEPTH;
  signal skipping : std_logic                      := '0'; -- up to the end of a frame that is too long
  signal ready    : std_logic;

  -- The latest beat on top.
  signal arrived : std_logic_vector(BEATS * WIDTH - 1 downto 0) := (others => '0');

begin

  s_tready <= ready;

  admit : process (all) is
  begin
    ready <= not rst;
    if beat = BEATS - 1 and skipping = '0' and (places = 0 or waiting /= 0) then
      ready <= '0';
    end if;
  end process admit;

  collect : process (clk) is
    variable taken : natural range 0 to 1;
  begin
    if rising_edge(clk) then
      valid      <= '0';
      misaligned <= '0';
      taken      := 0;
      if waiting /= 0 then
        waiting <= waiting - 1;
      end if;
      if s_tvalid = '1' and ready = '1' then
        arrived <= s_tdata & arrived(BEATS * WIDTH - 1 downto WIDTH);
        if skipping = '1' then
          skipping <= not s_tlast;
        elsif beat = BEATS - 1 then
          beat     <= 0;
          skipping <= not s_tlast;
          if s_tlast = '1' then
            x       <= s_tdata & arrived(BEATS * WIDTH - 1 downto WIDTH);
            user    <= s_tuser;
            valid   <= '1';
            taken   := 1;
            waiting <= SPACING - 1;
          else
            misaligned <= '1';
          end if;
        elsif s_tlast = '1' then
          beat       <= 0;
          misaligned <= '1';
        else
          beat <= beat + 1;
        end if;
      end if;
      if freed = '1' and taken = 0 then
        places <= places + 1;
      elsif freed = '0' and taken = 1 then
        places <= places - 1;
      end if;
      if rst = '1' then
        valid      <= '0';
        misaligned <= '0';
        skipping   <= '0';
        beat       <= 0;
        waiting    <= 0;
        places     <= DEPTH;
      end if;
    end if;
  end process collect;

end architecture rtl;
