// bxnn_over_turns: the sum, the largest or the smallest of the codes since that of turn 0, from the cycle after each on;
// y_valid is high in the cycle after that of the last turn. turn says which one is valid two cycles later.
module specification #(
  parameter TURNS = 2,
  parameter ELEMENTS = 1,
  parameter IN_BITS = 1,
  parameter SIGNED_CODES = 0,
  parameter BITS = 1,
  parameter OPERATION = "SUM"
) (
  input clk,
  input rst,
  input [$clog2(TURNS)-1:0] turn,
  input valid,
  input [ELEMENTS*IN_BITS-1:0] x
);
  wire y_valid;
  wire [ELEMENTS*BITS-1:0] y;
  proven dut (.*);

  reg [$clog2(TURNS)-1:0] turn1 = 0, turn2 = 0;
  reg [2:0] clocks = 0;
  reg opened = 0, ended = 0;
  always @(posedge clk) begin
    turn1 <= turn;
    turn2 <= turn1;
    clocks <= {clocks, 1'b1};
    ended <= valid && turn2 == TURNS - 1 && !rst;
    opened <= opened || clocks[1] && valid && turn2 == 0;
  end
  always @* if (clocks[2]) assert (y_valid == ended);

  genvar e;
  for (e = 0; e < ELEMENTS; e = e + 1) begin : element
    wire [IN_BITS-1:0] code = x[e*IN_BITS +: IN_BITS];
    reg [BITS-1:0] found;
    wire signed [BITS:0] arriving = SIGNED_CODES ? $signed(code) : $signed({1'b0, code});
    wire signed [BITS:0] earlier = SIGNED_CODES ? $signed(found) : $signed({1'b0, found});
    wire signed [BITS:0] total = earlier + arriving;
    wire taken = OPERATION == "MAXIMUM" ? arriving > earlier : arriving < earlier;
    always @(posedge clk) if (valid) begin
      if (turn2 == 0) found <= arriving;
      else if (OPERATION == "SUM") found <= total;
      else if (taken) found <= arriving;
    end
    always @* if (opened) assert (y[e*BITS +: BITS] == found);
  end
endmodule
