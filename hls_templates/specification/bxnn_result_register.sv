// bxnn_result_register: a register with an enable.
module specification #(
  parameter BITS = 1
) (
  input clk,
  input enable,
  input [BITS-1:0] x
);
  wire [BITS-1:0] y;
  proven dut (.*);

  reg known = 0;
  reg [BITS-1:0] wanted;
  always @(posedge clk) if (enable) begin
    known <= 1;
    wanted <= x;
  end
  always @* if (known) assert (y == wanted);
endmodule
