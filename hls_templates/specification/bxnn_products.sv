// bxnn_products: a * b in OUT_BITS bits, 2 + MULTIPLIER_REGISTER cycles later, for codes whose low A_ZEROS and B_ZEROS
// bits are zero and whose other bits are a signed number of A_OWN and B_OWN bits.
module specification #(
  parameter LANES = 1,
  parameter A_BITS = 1,
  parameter A_SIGNED = 0,
  parameter B_BITS = 1,
  parameter B_SIGNED = 0,
  parameter OUT_BITS = 1,
  parameter MULTIPLIER_REGISTER = 0,
  parameter [128*LANES-1:0] OPERANDS = 0
) (
  input clk,
  input [LANES*A_BITS-1:0] a,
  input [LANES*B_BITS-1:0] b
);
  localparam LATENCY = 2 + MULTIPLIER_REGISTER;
  wire [LANES*OUT_BITS-1:0] y;
  proven dut (.*);

  reg [LATENCY-1:0] seen = 0;
  always @(posedge clk) seen <= {seen, 1'b1};

  genvar l;
  for (l = 0; l < LANES; l = l + 1) begin : lane
    localparam A_OWN = OPERANDS[128*l +: 32], A_ZEROS = OPERANDS[128*l+32 +: 32];
    localparam B_OWN = OPERANDS[128*l+64 +: 32], B_ZEROS = OPERANDS[128*l+96 +: 32];
    wire [A_BITS-1:0] p = a[l*A_BITS +: A_BITS];
    wire [B_BITS-1:0] q = b[l*B_BITS +: B_BITS];
    wire signed [15:0] first = A_SIGNED ? $signed(p) : $signed({1'b0, p});
    wire signed [15:0] second = B_SIGNED ? $signed(q) : $signed({1'b0, q});
    wire signed [15:0] factor = first >>> A_ZEROS, other = second >>> B_ZEROS;
    reg [LATENCY*OUT_BITS-1:0] products;
    wire signed [15:0] product = A_OWN == 0 ? 0 : first * second;
    always @(posedge clk) products <= {products, product[OUT_BITS-1:0]};
    always @* begin
      if (A_OWN > 0) begin
        assume (factor <<< A_ZEROS == first && factor >>> A_OWN - 1 == factor >>> 15);
        assume (other <<< B_ZEROS == second && other >>> B_OWN - 1 == other >>> 15);
      end
      if (seen[LATENCY-1]) assert (y[l*OUT_BITS +: OUT_BITS] == products[(LATENCY-1)*OUT_BITS +: OUT_BITS]);
    end
  end
endmodule
