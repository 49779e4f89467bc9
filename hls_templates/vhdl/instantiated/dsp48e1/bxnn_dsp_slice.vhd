-- bxnn_dsp_slice: one DSP48E1, instantiated: multiplier, post-adder and the registers that the clock needs.
--
-- Equation:  sum = base + operand * weight, modulo 2**SUM_BITS
--            base = pcin if CASCADED = 1, else bias when first, else the slice's own sum
-- Bits:      the wider factor is at A (25 bits of the multiplier), the narrower at B (18); C, P and the cascade 48
-- Latency:   M = MULTIPLIER_REGISTER: operand (with capture) and weight in cycle 0, bias in cycle M, first in cycle M
--            (one register, OPMODE), pcin in cycle 1 + M, sum in cycle 2 + M.
-- II:        1
-- Cost:      1 DSP48E1
-- Source:    UG479: OPMODE 0 11 01 01 adds C to the product, ... 010 ... P, ... 001 ... PCIN.
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

  signal a_port       : std_logic_vector(29 downto 0);
  signal b_port       : std_logic_vector(17 downto 0);
  signal c_port       : std_logic_vector(CASCADE_BITS - 1 downto 0);
  signal a_enable     : std_logic;
  signal b_enable     : std_logic;
  signal not_cascaded : std_logic;
  signal base         : std_logic_vector(2 downto 0);
  signal opmode       : std_logic_vector(6 downto 0);
  signal p_sum        : std_logic_vector(CASCADE_BITS - 1 downto 0);

begin

  c_port       <= std_logic_vector(resize(signed(bias), CASCADE_BITS));
  not_cascaded <= '0' when CASCADED = 1 else
                  '1';

  straight : if not SWAPPED generate
    a_port   <= std_logic_vector(resize(signed(operand), 30));
    b_port   <= std_logic_vector(resize(signed(weight), 18));
    a_enable <= capture;
    b_enable <= '1';
  end generate straight;

  crossed : if SWAPPED generate
    a_port   <= std_logic_vector(resize(signed(weight), 30));
    b_port   <= std_logic_vector(resize(signed(operand), 18));
    a_enable <= '1';
    b_enable <= capture;
  end generate crossed;

  -- What the Z multiplexer selects: PCIN, C or P.
  base   <= "001" when CASCADED = 1 else
            "011" when first = '1' else
            "010";
  opmode <= base & "0101";

  -- vsg_off instantiation_034 : a primitive is a component, it has no entity in a library of VHDL
  slice : component dsp48e1
    -- vsg_on instantiation_034
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
      acout          => open,
      bcout          => open,
      carrycascout   => open,
      carryout       => open,
      multsignout    => open,
      overflow       => open,
      p              => p_sum,
      patternbdetect => open,
      patterndetect  => open,
      pcout          => pcout,
      underflow      => open,
      a              => a_port,
      acin           => (others => '0'),
      alumode        => (others => '0'),
      b              => b_port,
      bcin           => (others => '0'),
      c              => c_port,
      carrycascin    => '0',
      carryin        => '0',
      carryinsel     => (others => '0'),
      cea1           => '0',
      cea2           => a_enable,
      cead           => '0',
      cealumode      => '0',
      ceb1           => '0',
      ceb2           => b_enable,
      cec            => not_cascaded,
      cecarryin      => '0',
      cectrl         => '1',
      ced            => '0',
      ceinmode       => '0',
      cem            => '1',
      cep            => '1',
      clk            => clk,
      d              => (others => '0'),
      inmode         => (others => '0'),
      multsignin     => '0',
      opmode         => opmode,
      pcin           => pcin,
      rsta           => '0',
      rstallcarryin  => '0',
      rstalumode     => '0',
      rstb           => '0',
      rstc           => '0',
      rstctrl        => '0',
      rstd           => '0',
      rstinmode      => '0',
      rstm           => '0',
      rstp           => '0'
    );

  sum <= p_sum(SUM_BITS - 1 downto 0);

end architecture instantiated;
