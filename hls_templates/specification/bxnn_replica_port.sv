// bxnn_replica_port: a register of data, and one of valid with a synchronous reset.
module specification #(
  parameter WIDTH = 1
) (
  input clk,
  input rst,
  input valid,
  input [WIDTH-1:0] x
);
  wire y_valid;
  wire [WIDTH-1:0] y;
  proven dut (.*);

  reg known = 0;
  reg wanted_valid;
  reg [WIDTH-1:0] wanted;
  always @(posedge clk) begin
    known <= 1;
    wanted_valid <= valid && !rst;
    wanted <= x;
  end
  always @* if (known) begin
    assert (y_valid == wanted_valid);
    assert (y == wanted);
  end
endmodule
