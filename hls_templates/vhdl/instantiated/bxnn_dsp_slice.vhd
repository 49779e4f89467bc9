-- bxnn_dsp_slice: one DSP slice, instantiated: multiplier, post-adder and the registers that the clock needs.
--
-- Equation:  sum = base + operand * weight, modulo 2**SUM_BITS
--            base = 0, plus pcin if CASCADED = 1, plus, if ACCUMULATES = 1, bias when first, else the slice's own sum
-- Bits:      the wider factor is at A, the narrower at B; sizes of the ports: bxnn_dsp_pkg
-- Latency:   M = MULTIPLIER_REGISTER: operand (with capture) and weight in cycle 1 - OPERAND_REGISTERS, bias in cycle M,
--            first in cycle 1 (OPMODE has a register if M = 1), pcin in cycle 1 + M, sum in cycle 2 + M.
-- II:        1
-- Cost:      1 DSP slice
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;
use work.bxnn_dsp_pkg.all;

entity bxnn_dsp_slice is
  generic (
    OPERAND_BITS        : positive;              -- bits of the operand
    WEIGHT_BITS         : positive;              -- bits of the weight
    SUM_BITS            : positive;              -- bits of the bias and of the sum
    OPERAND_REGISTERS   : positive range 1 to 2; -- registers of operand and weight
    CASCADED            : natural range 0 to 1;  -- 1: adds the sum of the slice before it
    ACCUMULATES         : natural range 0 to 1;  -- 1: adds its own sum or the bias
    MULTIPLIER_REGISTER : natural range 0 to 1   -- 1: a register between multiplier and adder
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

  constant CHECKED : boolean := require(CASCADED + ACCUMULATES < 2 or W_MULTIPLEXERS = 1,
    "bxnn_dsp_slice: CASCADED and ACCUMULATES are 1, but the slice has no W multiplexer");

  signal a_port   : std_logic_vector(A_PORT_BITS - 1 downto 0);
  signal b_port   : std_logic_vector(B_PORT_BITS - 1 downto 0);
  signal c_port   : std_logic_vector(CASCADE_BITS - 1 downto 0);
  signal a_enable : std_logic;
  signal b_enable : std_logic;
  signal c_enable : std_logic;
  signal at_z     : std_logic_vector(2 downto 0);
  signal at_w     : std_logic_vector(1 downto 0);
  signal p_sum    : std_logic_vector(CASCADE_BITS - 1 downto 0);

begin

  c_port   <= std_logic_vector(resize(signed(bias), CASCADE_BITS));
  c_enable <= '1' when ACCUMULATES = 1 else
              '0';

  straight : if not SWAPPED generate
    a_port   <= std_logic_vector(resize(signed(operand), A_PORT_BITS));
    b_port   <= std_logic_vector(resize(signed(weight), B_PORT_BITS));
    a_enable <= capture;
    b_enable <= '1';
  end generate straight;

  crossed : if SWAPPED generate
    a_port   <= std_logic_vector(resize(signed(weight), A_PORT_BITS));
    b_port   <= std_logic_vector(resize(signed(operand), B_PORT_BITS));
    a_enable <= '1';
    b_enable <= capture;
  end generate crossed;

  -- What the Z multiplexer selects: PCIN, nothing, C or P.
  at_z <= "001" when CASCADED = 1 else
          "000" when ACCUMULATES = 0 else
          "011" when first = '1' else
          "010";

  -- What the W multiplexer selects, if PCIN is at Z: nothing, C or P.
  at_w <= "00" when CASCADED + ACCUMULATES < 2 else
          "11" when first = '1' else
          "01";

  slice : entity work.bxnn_dsp_primitive
    generic map (
      OPERAND_REGISTERS   => OPERAND_REGISTERS,
      MULTIPLIER_REGISTER => MULTIPLIER_REGISTER
    )
    port map (
      clk      => clk,
      a        => a_port,
      b        => b_port,
      c        => c_port,
      a_enable => a_enable,
      b_enable => b_enable,
      c_enable => c_enable,
      w        => at_w,
      z        => at_z,
      pcin     => pcin,
      pcout    => pcout,
      p        => p_sum
    );

  sum <= p_sum(SUM_BITS - 1 downto 0);

end architecture instantiated;
