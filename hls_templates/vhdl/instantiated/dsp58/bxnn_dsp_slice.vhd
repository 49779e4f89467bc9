-- bxnn_dsp_slice: one DSP58, instantiated: multiplier, post-adder and every register that the clock asks for.
--
-- Equation:  sum = base + operand * weight, modulo 2**SUM_BITS
--            base = pcin if CASCADED = 1, else bias when first, else the slice's own sum
-- Bits:      the wider factor is at A (27 bits of the multiplier), the narrower at B (24); C, P and the cascade 58
-- Latency:   M = MULTIPLIER_REGISTER: operand (with capture) and weight in cycle 0, bias in cycle M, first in cycle M
--            (one register, OPMODE), pcin in cycle 1 + M, sum in cycle 2 + M.
-- II:        1
-- Cost:      1 DSP58
-- Source:    AM004: OPMODE 00 011 01 01 adds C to the product, ... 010 ... P, ... 001 ... PCIN.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
library unisim;
use unisim.vcomponents.all;
use work.bxnn_dsp_pkg.all;

entity bxnn_dsp_slice is
  generic (
    OPERAND_BITS        : positive;             -- bits of the operand
    WEIGHT_BITS         : positive;             -- bits of the weight
    SUM_BITS            : positive;             -- bits of the bias and of the sum
    CASCADED            : natural range 0 to 1; -- 1: adds to the sum of the slice before it
    MULTIPLIER_REGISTER : natural range 0 to 1  -- 1: a register between multiplier and adder
  );
  port (
    clk     : in  std_logic;
    first   : in  std_logic;
    capture : in  std_logic;
    operand : in  std_logic_vector(OPERAND_BITS - 1 downto 0);
    weight  : in  std_logic_vector(WEIGHT_BITS - 1 downto 0);
    bias    : in  std_logic_vector(SUM_BITS - 1 downto 0);
    pcin    : in  std_logic_vector(CASCADE_BITS - 1 downto 0);
    pcout   : out std_logic_vector(CASCADE_BITS - 1 downto 0);
    sum     : out std_logic_vector(SUM_BITS - 1 downto 0)
  );
end entity bxnn_dsp_slice;

architecture instantiated of bxnn_dsp_slice is

  -- Whether the weight is the wider factor.
  constant SWAPPED : boolean := WEIGHT_BITS > OPERAND_BITS;

  signal a_port       : std_logic_vector(33 downto 0);
  signal b_port       : std_logic_vector(23 downto 0);
  signal c_port       : std_logic_vector(CASCADE_BITS - 1 downto 0);
  signal a_enable     : std_logic;
  signal b_enable     : std_logic;
  signal not_cascaded : std_logic;
  signal base         : std_logic_vector(2 downto 0);
  signal opmode       : std_logic_vector(8 downto 0);
  signal p_sum        : std_logic_vector(CASCADE_BITS - 1 downto 0);

begin

  c_port       <= std_logic_vector(resize(signed(bias), CASCADE_BITS));
  not_cascaded <= '0' when CASCADED = 1 else
                  '1';

  straight : if not SWAPPED generate
    a_port   <= std_logic_vector(resize(signed(operand), 34));
    b_port   <= std_logic_vector(resize(signed(weight), 24));
    a_enable <= capture;
    b_enable <= '1';
  end generate straight;

  crossed : if SWAPPED generate
    a_port   <= std_logic_vector(resize(signed(weight), 34));
    b_port   <= std_logic_vector(resize(signed(operand), 24));
    a_enable <= '1';
    b_enable <= capture;
  end generate crossed;

  -- What the Z multiplexer takes: PCIN, C or P.
  base   <= "001" when CASCADED = 1 else
            "011" when first = '1' else
            "010";
  opmode <= "00" & base & "0101";

  slice : component DSP58
    generic map (
      ACASCREG      => 1,
      ADREG         => 0,
      ALUMODEREG    => 0,
      AREG          => 1,
      BCASCREG      => 1,
      BREG          => 1,
      CARRYINREG    => 0,
      CARRYINSELREG => 0,
      CREG          => 1,
      DREG          => 0,
      INMODEREG     => 0,
      MREG          => MULTIPLIER_REGISTER,
      OPMODEREG     => 1,
      PREG          => 1
    )
    port map (
      ACOUT          => open,
      BCOUT          => open,
      CARRYCASCOUT   => open,
      CARRYOUT       => open,
      MULTSIGNOUT    => open,
      OVERFLOW       => open,
      P              => p_sum,
      PATTERNBDETECT => open,
      PATTERNDETECT  => open,
      PCOUT          => pcout,
      UNDERFLOW      => open,
      XOROUT         => open,
      A              => a_port,
      ACIN           => (others => '0'),
      ALUMODE        => (others => '0'),
      B              => b_port,
      BCIN           => (others => '0'),
      C              => c_port,
      CARRYCASCIN    => '0',
      CARRYIN        => '0',
      CARRYINSEL     => (others => '0'),
      CEA1           => '0',
      CEA2           => a_enable,
      CEAD           => '0',
      CEALUMODE      => '0',
      CEB1           => '0',
      CEB2           => b_enable,
      CEC            => not_cascaded,
      CECARRYIN      => '0',
      CECTRL         => '1',
      CED            => '0',
      CEINMODE       => '0',
      CEM            => '1',
      CEP            => '1',
      CLK            => clk,
      D              => (others => '0'),
      INMODE         => (others => '0'),
      MULTSIGNIN     => '0',
      OPMODE         => opmode,
      PCIN           => pcin,
      ASYNC_RST      => '0',
      NEGATE         => (others => '0'),
      RSTA           => '0',
      RSTALLCARRYIN  => '0',
      RSTALUMODE     => '0',
      RSTB           => '0',
      RSTC           => '0',
      RSTCTRL        => '0',
      RSTD           => '0',
      RSTINMODE      => '0',
      RSTM           => '0',
      RSTP           => '0'
    );

  sum <= p_sum(SUM_BITS - 1 downto 0);

end architecture instantiated;
