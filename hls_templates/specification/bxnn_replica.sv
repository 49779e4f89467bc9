// bxnn_replica: a register with a synchronous reset.
module specification #(
  parameter WIDTH = 1
) (
  input clk,
  input rst,
  input [WIDTH-1:0] d
);
  wire [WIDTH-1:0] q;
  proven dut (.*);

  reg known = 0;
  reg [WIDTH-1:0] wanted;
  always @(posedge clk) begin
    known <= 1;
    wanted <= rst ? 0 : d;
  end
  always @* if (known) assert (q == wanted);
endmodule
