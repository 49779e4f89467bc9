-- Packs a frame whose element e has the code (STEP * e) mod 2**bits with the functions of the package, prints the beats.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use std.textio.all;
use work.net_pkg.all;

entity pack_frame is
  generic (
    STEP : natural;
    OVER : natural := 0 -- columns past the end of a row that are requested
  );
end entity pack_frame;

architecture test of pack_frame is

  type frame_t is array (0 to IN_BEATS - 1) of in_beat_t;

begin

  pack : process is
    variable frame : frame_t := (others => (others => '0'));
    variable code  : in_code_t;
    variable k     : natural;
    variable text  : line;
  begin
    for row in 0 to IN_ROWS - 1 loop
      for column in 0 to IN_COLUMNS - 1 + OVER loop
        for channel in 0 to IN_CHANNELS - 1 loop
          k        := (row * IN_COLUMNS + column) * IN_CHANNELS + channel;
          code     := std_logic_vector(to_unsigned((STEP * k) mod 2 ** in_code_t'length, in_code_t'length));
          frame(beat_of(row, column)) := put_code(frame(beat_of(row, column)), column, channel, code);
        end loop;
      end loop;
    end loop;
    for beat in frame'range loop
      write(text, to_string(frame(beat)));
      writeline(output, text);
    end loop;
    for row in 0 to IN_ROWS - 1 loop
      for column in 0 to IN_COLUMNS - 1 loop
        for channel in 0 to IN_CHANNELS - 1 loop
          write(text, to_integer(unsigned(get_code(frame(beat_of(row, column)), column, channel))));
          writeline(output, text);
        end loop;
      end loop;
    end loop;
    wait;
  end process pack;

end architecture test;
