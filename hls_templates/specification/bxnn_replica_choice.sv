// bxnn_replica_choice: word `number` of x, the last one for numbers beyond it.
module specification #(
  parameter WORDS = 2,
  parameter WIDTH = 1
) (
  input [1:0] number,
  input [WORDS*WIDTH-1:0] x
);
  wire [WIDTH-1:0] y;
  proven dut (.*);

  wire [31:0] chosen = number < WORDS ? number : WORDS - 1;
  wire [WORDS*WIDTH-1:0] moved = x >> chosen * WIDTH;
  always @* assert (y == moved[WIDTH-1:0]);
endmodule
