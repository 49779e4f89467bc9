// bxnn_align: every code times 2**SHIFT, in OUT_BITS bits.
module specification #(
  parameter LANES = 1,
  parameter IN_BITS = 1,
  parameter IN_SIGNED = 0,
  parameter SHIFT = 0,
  parameter OUT_BITS = 1
) (
  input [LANES*IN_BITS-1:0] x
);
  wire [LANES*OUT_BITS-1:0] y;
  proven dut (.*);

  genvar l;
  for (l = 0; l < LANES; l = l + 1) begin : lane
    wire [IN_BITS-1:0] code = x[l*IN_BITS +: IN_BITS];
    wire signed [31:0] value = IN_SIGNED ? $signed(code) : $signed({1'b0, code});
    wire signed [31:0] wanted = value * (1 << SHIFT);
    always @* assert (y[l*OUT_BITS +: OUT_BITS] == wanted[OUT_BITS-1:0]);
  end
endmodule
