// bxnn_adder_tree: the sum of all words, modulo 2**BITS, for words that are numbers of WORD_BITS bits.
module specification #(
  parameter INPUTS = 1,
  parameter BITS = 1,
  parameter LEVELS_PER_STAGE = 1,
  parameter OPEN_LEVELS = 0,
  parameter NODE_BITS = 0,
  parameter WORD_BITS = BITS
) (
  input clk,
  input [INPUTS*BITS-1:0] x
);
  localparam LEVELS = $clog2(INPUTS) > OPEN_LEVELS ? $clog2(INPUTS) - OPEN_LEVELS : 0;
  localparam LATENCY = (LEVELS + LEVELS_PER_STAGE - 1) / LEVELS_PER_STAGE;
  wire [BITS-1:0] y;
  proven dut (.*);

  reg [BITS-1:0] sum;
  reg signed [BITS-1:0] word;
  integer i;
  always @* begin
    sum = 0;
    for (i = 0; i < INPUTS; i = i + 1) begin
      word = x[i*BITS +: BITS];
      assume (word >>> WORD_BITS - 1 == word >>> BITS - 1);
      sum = sum + word;
    end
  end

  reg [LATENCY*(BITS+1):0] seen = 0;
  wire [(LATENCY+1)*(BITS+1):0] all = {seen, 1'b1, sum};
  always @(posedge clk) seen <= all;
  always @* if (all[LATENCY*(BITS+1) + BITS]) assert (y == all[LATENCY*(BITS+1) +: BITS]);
endmodule
