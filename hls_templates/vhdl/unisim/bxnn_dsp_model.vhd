-- bxnn_dsp_model: multiplier, post-adder, multiplexers and registers that DSP48E1, DSP48E2 and DSP58 have in common.
--
-- Equation:  p <= W + Z + X, modulo 2**P_BITS; X = a * b, Z = 0, pcin, p or c, W = 0, p or c (OPMODE_BITS = 9)
-- Bits:      opmode = | W (9 bits only): 00 zero, 01 p, 11 c | Z: 000 zero, 001 pcin, 010 p, 011 c | 01 | 01 |
-- Latency:   AREG + MREG + PREG cycles from a and b to p
-- Source:    UG479, UG579, AM004: the tables of OPMODE
--
-- Registers start at zero, like those of the slice after configuration.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity bxnn_dsp_model is
  generic (
    A_BITS      : positive;             -- bits of the multiplier's wider port
    B_BITS      : positive;             -- bits of the narrower one
    P_BITS      : positive;             -- bits of adder, C, P and cascade
    OPMODE_BITS : positive;             -- 7 without a W multiplexer, 9 with one
    AREG        : integer;              -- registers of a: 1 or 2
    BREG        : integer;              -- registers of b: 1 or 2
    CREG        : integer;              -- registers of c: must be 1
    MREG        : integer range 0 to 1; -- registers of the product
    OPMODEREG   : integer range 0 to 1; -- registers of opmode
    PREG        : integer               -- registers of p: must be 1
  );
  port (
    clk    : in  std_logic;
    a      : in  std_logic_vector(A_BITS - 1 downto 0);
    b      : in  std_logic_vector(B_BITS - 1 downto 0);
    c      : in  std_logic_vector(P_BITS - 1 downto 0);
    opmode : in  std_logic_vector(OPMODE_BITS - 1 downto 0);
    pcin   : in  std_logic_vector(P_BITS - 1 downto 0);
    cea1   : in  std_logic;
    cea2   : in  std_logic;
    ceb1   : in  std_logic;
    ceb2   : in  std_logic;
    cec    : in  std_logic;
    cem    : in  std_logic;
    cectrl : in  std_logic;
    cep    : in  std_logic;
    p      : out std_logic_vector(P_BITS - 1 downto 0)
  );
end entity bxnn_dsp_model;

architecture behaviour of bxnn_dsp_model is

  subtype word is signed(P_BITS - 1 downto 0);

  -- Stops elaboration if something is not modelled.
  function modelled return boolean is
  begin
    assert AREG >= 1 and AREG <= 2 and BREG >= 1 and BREG <= 2 and CREG = 1 and PREG = 1
      report "bxnn_dsp_model: AREG and BREG must be 1 or 2, CREG and PREG 1; other numbers of registers are not modelled"
      severity failure;
    return true;
  end function modelled;

  constant MODELLED_HERE : boolean := modelled;

  signal a1       : signed(A_BITS - 1 downto 0)                := (others => '0');
  signal b1       : signed(B_BITS - 1 downto 0)                := (others => '0');
  signal a2       : signed(A_BITS - 1 downto 0)                := (others => '0');
  signal b2       : signed(B_BITS - 1 downto 0)                := (others => '0');
  signal c_reg    : word                                       := (others => '0');
  signal product  : signed(A_BITS + B_BITS - 1 downto 0);
  signal m_reg    : signed(A_BITS + B_BITS - 1 downto 0)       := (others => '0');
  signal m        : signed(A_BITS + B_BITS - 1 downto 0);
  signal mode_reg : std_logic_vector(OPMODE_BITS - 1 downto 0) := (others => '0');
  signal mode     : std_logic_vector(OPMODE_BITS - 1 downto 0);
  signal wide     : std_logic_vector(8 downto 0);
  signal p_reg    : word                                       := (others => '0');

begin

  product <= a2 * b2;
  m       <= m_reg when MREG = 1 else
             product;
  mode    <= mode_reg when OPMODEREG = 1 else
             opmode;
  wide    <= std_logic_vector(resize(unsigned(mode), 9));

  slice : process (clk)
    variable x : word;
    variable z : word;
    variable w : word;
  begin
    if rising_edge(clk) then
      if cea1 = '1' then
        a1 <= signed(a);
      end if;
      if ceb1 = '1' then
        b1 <= signed(b);
      end if;
      -- A single register is the second one.
      if cea2 = '1' then
        a2 <= signed(a);
        if AREG = 2 then
          a2 <= a1;
        end if;
      end if;
      if ceb2 = '1' then
        b2 <= signed(b);
        if BREG = 2 then
          b2 <= b1;
        end if;
      end if;
      if cec = '1' then
        c_reg <= signed(c);
      end if;
      if cem = '1' then
        m_reg <= product;
      end if;
      if cectrl = '1' then
        mode_reg <= opmode;
      end if;
      x := (others => '0');
      if wide(3 downto 0) = "0101" then
        x := resize(m, P_BITS);
      end if;
      -- Not a case statement: GHDL 2.0 writes it to Verilog without the default, so a value would be kept.
      z := (others => '0');
      if wide(6 downto 4) = "001" then
        z := signed(pcin);
      elsif wide(6 downto 4) = "010" then
        z := p_reg;
      elsif wide(6 downto 4) = "011" then
        z := c_reg;
      end if;
      w := (others => '0');
      if wide(8 downto 7) = "01" then
        w := p_reg;
      elsif wide(8 downto 7) = "11" then
        w := c_reg;
      end if;
      if cep = '1' then
        p_reg <= w + z + x;
      end if;
    end if;
  end process slice;

  -- A register of opmode holds zero until it is clocked.
  supported : process (clk)
  begin
    if rising_edge(clk) then
      -- A report, because GHDL's synthesis would keep an assertion as an assertion.
      if not is_x(wide) and wide /= "000000000"
         and (wide(3 downto 0) /= "0101" or wide(6) = '1' or wide(8 downto 7) = "10") then
        report "bxnn_dsp_model: an OPMODE that is not modelled"
          severity error;
      end if;
    end if;
  end process supported;

  p <= std_logic_vector(p_reg);

end architecture behaviour;
