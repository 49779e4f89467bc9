// bxnn_replica_page: word `place` of CONTENTS, zero beyond the last.
module specification #(
  parameter WORDS = 1,
  parameter WIDTH = 1,
  parameter [WORDS*WIDTH-1:0] CONTENTS = 0
) (
  input [5:0] place
);
  wire [WIDTH-1:0] data;
  proven dut (.*);

  wire [WORDS*WIDTH-1:0] moved = CONTENTS >> place * WIDTH;
  always @* assert (data == (place < WORDS ? moved[WIDTH-1:0] : 0));
endmodule
