-- DSP48E2: behaviour of the slice as bxnn uses it, for simulation without the vendor's library.
--
-- Equation:  P <= W + Z + A * B, modulo 2**48; W and Z are selected by OPMODE (UG579, "Simplified DSP Operation")
-- Purpose:   the registers A1, A2, B1, B2, C, M, OPMODE and P with their enables, the multiplier, and the cascade. What
--            bxnn does not use (pre-adder, pattern detector, SIMD, resets, carries) is not modelled; a generic or an
--            OPMODE that needs it stops the simulation.
-- Latency:   AREG + MREG + PREG cycles from A and B to P.
-- Checked:   Written from the user guide; no vendor model was available to compare it with.
library ieee;
use ieee.std_logic_1164.all;

entity DSP48E2 is
  generic (
    ACASCREG      : integer := 1;
    ADREG         : integer := 1;
    ALUMODEREG    : integer := 1;
    AREG          : integer := 1;
    BCASCREG      : integer := 1;
    BREG          : integer := 1;
    CARRYINREG    : integer := 1;
    CARRYINSELREG : integer := 1;
    CREG          : integer := 1;
    DREG          : integer := 1;
    INMODEREG     : integer := 1;
    MREG          : integer := 1;
    OPMODEREG     : integer := 1;
    PREG          : integer := 1
  );
  port (
    ACOUT          : out std_logic_vector(29 downto 0);
    BCOUT          : out std_logic_vector(17 downto 0);
    CARRYCASCOUT   : out std_logic;
    CARRYOUT       : out std_logic_vector(3 downto 0);
    MULTSIGNOUT    : out std_logic;
    OVERFLOW       : out std_logic;
    P              : out std_logic_vector(47 downto 0);
    PATTERNBDETECT : out std_logic;
    PATTERNDETECT  : out std_logic;
    PCOUT          : out std_logic_vector(47 downto 0);
    UNDERFLOW      : out std_logic;
    XOROUT         : out std_logic_vector(7 downto 0);
    A              : in  std_logic_vector(29 downto 0);
    ACIN           : in  std_logic_vector(29 downto 0);
    ALUMODE        : in  std_logic_vector(3 downto 0);
    B              : in  std_logic_vector(17 downto 0);
    BCIN           : in  std_logic_vector(17 downto 0);
    C              : in  std_logic_vector(47 downto 0);
    CARRYCASCIN    : in  std_logic;
    CARRYIN        : in  std_logic;
    CARRYINSEL     : in  std_logic_vector(2 downto 0);
    CEA1           : in  std_logic;
    CEA2           : in  std_logic;
    CEAD           : in  std_logic;
    CEALUMODE      : in  std_logic;
    CEB1           : in  std_logic;
    CEB2           : in  std_logic;
    CEC            : in  std_logic;
    CECARRYIN      : in  std_logic;
    CECTRL         : in  std_logic;
    CED            : in  std_logic;
    CEINMODE       : in  std_logic;
    CEM            : in  std_logic;
    CEP            : in  std_logic;
    CLK            : in  std_logic;
    D              : in  std_logic_vector(26 downto 0);
    INMODE         : in  std_logic_vector(4 downto 0);
    MULTSIGNIN     : in  std_logic;
    OPMODE         : in  std_logic_vector(8 downto 0);
    PCIN           : in  std_logic_vector(47 downto 0);
    RSTA           : in  std_logic;
    RSTALLCARRYIN  : in  std_logic;
    RSTALUMODE     : in  std_logic;
    RSTB           : in  std_logic;
    RSTC           : in  std_logic;
    RSTCTRL        : in  std_logic;
    RSTD           : in  std_logic;
    RSTINMODE      : in  std_logic;
    RSTM           : in  std_logic;
    RSTP           : in  std_logic
  );
end entity DSP48E2;

architecture behaviour of DSP48E2 is

  signal p_sum : std_logic_vector(47 downto 0);

begin

  slice : entity work.bxnn_dsp_model
    generic map (
      A_BITS      => 27,
      B_BITS      => 18,
      P_BITS      => 48,
      OPMODE_BITS => 9,
      AREG        => AREG,
      BREG        => BREG,
      CREG        => CREG,
      MREG        => MREG,
      OPMODEREG   => OPMODEREG,
      PREG        => PREG
    )
    port map (
      clk    => CLK,
      a      => A(26 downto 0),
      b      => B,
      c      => C,
      opmode => OPMODE,
      pcin   => PCIN,
      cea1   => CEA1,
      cea2   => CEA2,
      ceb1   => CEB1,
      ceb2   => CEB2,
      cec    => CEC,
      cem    => CEM,
      cectrl => CECTRL,
      cep    => CEP,
      p      => p_sum
    );

  P     <= p_sum;
  PCOUT <= p_sum;

  -- Outputs that are not modelled.
  ACOUT          <= (others => '0');
  BCOUT          <= (others => '0');
  CARRYCASCOUT   <= '0';
  CARRYOUT       <= (others => '0');
  MULTSIGNOUT    <= '0';
  OVERFLOW       <= '0';
  PATTERNBDETECT <= '0';
  PATTERNDETECT  <= '0';
  UNDERFLOW      <= '0';
  XOROUT         <= (others => '0');

end architecture behaviour;
