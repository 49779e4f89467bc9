// bxnn_held_check: a check in simulation, without an output; synthesis leaves nothing of it.
module specification #(
  parameter CYCLES = 1,
  parameter WIDTH = 1
) (
  input clk,
  input rst,
  input valid,
  input [WIDTH-1:0] x
);
  proven dut (.*);
endmodule
