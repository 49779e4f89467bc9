// bxnn_mac_cascade: products of position k join the sum of position k - 1 a cycle later; position 0 begins with bias where
// first is high, else with its own sum. Operands are kept until the next capture.
module specification #(
  parameter LENGTH = 1,
  parameter OPERAND_BITS = 1,
  parameter WEIGHT_BITS = 1,
  parameter ACCUM_BITS = 1,
  parameter MULTIPLIER_REGISTER = 1
) (
  input clk,
  input first,
  input [LENGTH-1:0] capture,
  input [LENGTH*OPERAND_BITS-1:0] operands,
  input [LENGTH*WEIGHT_BITS-1:0] weights,
  input [ACCUM_BITS-1:0] bias
);
  localparam M = MULTIPLIER_REGISTER;
  wire [ACCUM_BITS-1:0] sum;
  proven dut (.*);

  reg [ACCUM_BITS-1:0] bias_before;
  always @(posedge clk) bias_before <= bias;

  // Sums of the positions, position 0 lowest; known: an operand was captured everywhere, and a sum has begun.
  wire [LENGTH*ACCUM_BITS-1:0] totals;
  reg [LENGTH+M+1:0] known = 0;
  reg [LENGTH-1:0] captured = 0;
  genvar k;
  for (k = 0; k < LENGTH; k = k + 1) begin : position
    wire signed [OPERAND_BITS-1:0] operand = operands[k*OPERAND_BITS +: OPERAND_BITS];
    wire signed [WEIGHT_BITS-1:0] weight = weights[k*WEIGHT_BITS +: WEIGHT_BITS];
    reg signed [OPERAND_BITS-1:0] kept;
    reg signed [WEIGHT_BITS-1:0] weight_before;
    wire signed [ACCUM_BITS-1:0] product = kept * weight_before;
    reg signed [ACCUM_BITS-1:0] product_before;
    reg [ACCUM_BITS-1:0] total;
    wire [ACCUM_BITS-1:0] below = totals << ACCUM_BITS >> k * ACCUM_BITS;
    always @(posedge clk) begin
      if (capture[k]) kept <= operand;
      weight_before <= weight;
      product_before <= product;
      total <= (k > 0 ? totals[(k > 0 ? k - 1 : 0)*ACCUM_BITS +: ACCUM_BITS] : first ? bias_before : total)
             + (M ? product_before : product);
      captured[k] <= captured[k] || capture[k];
    end
    assign totals[k*ACCUM_BITS +: ACCUM_BITS] = total;
  end
  // Bit 0: operands are there; after a first that comes with their products, the sum passes all positions.
  always @(posedge clk) begin
    known[M:0] <= {known, captured == ~{LENGTH{1'b0}}};
    known[LENGTH+M:M+1] <= {known[LENGTH+M-1:M+1], known[M+1] || known[M] && first};
  end
  always @* if (known[LENGTH+M]) assert (sum == totals[(LENGTH-1)*ACCUM_BITS +: ACCUM_BITS]);
endmodule
