// bxnn_delay_line: x of CYCLES cycles ago.
module specification #(
  parameter WIDTH = 1,
  parameter CYCLES = 0
) (
  input clk,
  input [WIDTH-1:0] x
);
  wire [WIDTH-1:0] y;
  proven dut (.*);

  // What has been seen, the latest lowest; the highest bit of an entry says that there is one.
  reg [CYCLES*(WIDTH+1):0] seen = 0;
  wire [(CYCLES+1)*(WIDTH+1):0] all = {seen, 1'b1, x};
  always @(posedge clk) seen <= all;
  wire known = all[CYCLES*(WIDTH+1) + WIDTH];
  always @* if (known) assert (y == all[CYCLES*(WIDTH+1) +: WIDTH]);
endmodule
