// bxnn_adder_graph: y(o) = OFFSET(o) + SUM over i of x(i) * MATRIX(o, i), STAGES cycles later.
module specification #(
  parameter INPUTS = 1,
  parameter IN_BITS = 1,
  parameter OUTPUTS = 1,
  parameter OUT_BITS = 1,
  parameter STAGES = 0,
  parameter [32*OUTPUTS*INPUTS-1:0] MATRIX = 0,
  parameter [32*OUTPUTS-1:0] OFFSET = 0
) (
  input clk,
  input rst,
  input valid,
  input [INPUTS*IN_BITS-1:0] x
);
  wire y_valid;
  wire [OUTPUTS*OUT_BITS-1:0] y;
  proven dut (.*);

  reg [STAGES:0] valids = 0;
  reg [STAGES*INPUTS*IN_BITS:0] words;
  wire [STAGES+1:0] all_valids = {valids, valid};
  wire [(STAGES+1)*INPUTS*IN_BITS:0] all = {words, x};
  always @(posedge clk) begin
    valids <= rst ? 0 : all_valids;
    words <= all;
  end
  always @* assert (y_valid == all_valids[STAGES]);

  genvar o;
  for (o = 0; o < OUTPUTS; o = o + 1) begin : result
    reg signed [OUT_BITS-1:0] wanted, value, weight;
    integer i;
    always @* begin
      wanted = $signed(OFFSET[32*o +: 32]);
      for (i = 0; i < INPUTS; i = i + 1) begin
        value = $signed(all[(STAGES*INPUTS+i)*IN_BITS +: IN_BITS]);
        weight = $signed(MATRIX[32*(o*INPUTS+i) +: 32]);
        wanted = wanted + value * weight;
      end
      if (y_valid) assert (y[o*OUT_BITS +: OUT_BITS] == wanted);
    end
  end
endmodule
