// bxnn_turns: x of the last cycle with valid, and y_valid with the number of the turn 1 + turn * SPACING cycles later.
module specification #(
  parameter TURNS = 2,
  parameter SPACING = 1,
  parameter WIDTH = 1
) (
  input clk,
  input rst,
  input valid,
  input [WIDTH-1:0] x
);
  localparam FAR = TURNS * SPACING + 1;
  wire y_valid;
  wire [$clog2(TURNS)-1:0] turn;
  wire [WIDTH-1:0] y;
  proven dut (.*);

  reg [7:0] since = FAR; // cycles since the last valid, if there was no reset
  reg [WIDTH-1:0] last;
  reg known = 0;
  always @(posedge clk) begin
    since <= rst ? FAR : valid ? 1 : since >= FAR ? FAR : since + 1;
    if (valid) begin
      last <= x;
      known <= 1;
    end
  end

  reg due;
  reg [$clog2(TURNS)-1:0] number; // of the turn that began last; that of the last one if there is no event
  integer t;
  always @* begin
    due = 0;
    number = TURNS - 1;
    for (t = TURNS - 1; t >= 0; t = t - 1) begin
      if (since == 1 + t * SPACING) due = 1;
      if (since < 1 + (t + 1) * SPACING) number = t;
    end
    assert (y_valid == due);
    assert (turn == number);
    if (known) assert (y == last);
  end
endmodule
