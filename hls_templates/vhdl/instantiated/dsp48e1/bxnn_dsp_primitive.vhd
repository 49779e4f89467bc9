-- bxnn_dsp_primitive: a DSP48E1 as bxnn_dsp_slice uses it; the ports that it does not use are tied off.
--
-- Equation:  p = Z + a * b, modulo 2**CASCADE_BITS; z = 000: Z is zero, 001: pcin, 010: the slice's sum, 011: c;
--            w must be 00: the slice has no W multiplexer
-- Latency:   M = MULTIPLIER_REGISTER: a and b (with their enables) in cycle 1 - OPERAND_REGISTERS, c in cycle M,
--            w and z in cycle 1, p in cycle 2 + M: OPMODE has a register if the product has one
-- II:        1
-- Cost:      1 DSP48E1
-- Source:    UG479: OPMODE = z & 01 & 01 (X and Y take the product)
library ieee;
use ieee.std_logic_1164.all;
library unisim;
use unisim.vcomponents.all;
use work.bxnn_dsp_pkg.all;

entity bxnn_dsp_primitive is
  generic (
    OPERAND_REGISTERS   : positive range 1 to 2; -- registers of a and b
    MULTIPLIER_REGISTER : natural range 0 to 1   -- 1: a register between multiplier and adder
  );
  port (
    clk      : in  std_logic;
    a        : in  std_logic_vector(A_PORT_BITS - 1 downto 0);
    b        : in  std_logic_vector(B_PORT_BITS - 1 downto 0);
    c        : in  std_logic_vector(CASCADE_BITS - 1 downto 0);
    a_enable : in  std_logic;
    b_enable : in  std_logic;
    c_enable : in  std_logic;
    w        : in  std_logic_vector(1 downto 0);
    z        : in  std_logic_vector(2 downto 0);
    pcin     : in  std_logic_vector(CASCADE_BITS - 1 downto 0);
    pcout    : out std_logic_vector(CASCADE_BITS - 1 downto 0);
    p        : out std_logic_vector(CASCADE_BITS - 1 downto 0)
  );
end entity bxnn_dsp_primitive;

architecture instantiated of bxnn_dsp_primitive is

  signal opmode    : std_logic_vector(6 downto 0);
  signal a1_enable : std_logic;
  signal b1_enable : std_logic;

begin

  opmode <= z & "0101";

  -- The first of two registers; a single one is the second.
  a1_enable <= a_enable when OPERAND_REGISTERS = 2 else
               '0';
  b1_enable <= b_enable when OPERAND_REGISTERS = 2 else
               '0';

  -- vsg_off instantiation_034 : a primitive is a component, it has no entity in a library of VHDL
  slice : component dsp48e1
    -- vsg_on instantiation_034
    generic map (
      ACASCREG      => OPERAND_REGISTERS,
      ADREG         => 0,
      ALUMODEREG    => 0,
      AREG          => OPERAND_REGISTERS,
      BCASCREG      => OPERAND_REGISTERS,
      BREG          => OPERAND_REGISTERS,
      CARRYINREG    => 0,
      CARRYINSELREG => 0,
      CREG          => 1,
      DREG          => 0,
      INMODEREG     => 0,
      MREG          => MULTIPLIER_REGISTER,
      OPMODEREG     => MULTIPLIER_REGISTER,
      PREG          => 1
    )
    port map (
      acout          => open,
      bcout          => open,
      carrycascout   => open,
      carryout       => open,
      multsignout    => open,
      overflow       => open,
      p              => p,
      patternbdetect => open,
      patterndetect  => open,
      pcout          => pcout,
      underflow      => open,
      a              => a,
      acin           => (others => '0'),
      alumode        => (others => '0'),
      b              => b,
      bcin           => (others => '0'),
      c              => c,
      carrycascin    => '0',
      carryin        => '0',
      carryinsel     => (others => '0'),
      cea1           => a1_enable,
      cea2           => a_enable,
      cead           => '0',
      cealumode      => '0',
      ceb1           => b1_enable,
      ceb2           => b_enable,
      cec            => c_enable,
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

end architecture instantiated;
