// bxnn_replica_table: word `place` of CONTENTS.
module specification #(
  parameter WORDS = 1,
  parameter WIDTH = 1,
  parameter [WORDS*WIDTH-1:0] CONTENTS = 0
) (
  input [(WORDS > 1 ? $clog2(WORDS) : 1)-1:0] place
);
  wire [WIDTH-1:0] data;
  proven dut (.*);

  wire [WORDS*WIDTH-1:0] moved = CONTENTS >> place * WIDTH;
  always @* begin
    assume (place < WORDS);
    assert (data == moved[WIDTH-1:0]);
  end
endmodule
