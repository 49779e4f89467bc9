// bxnn_joined_macs: products of position k join the sum of position k - 1 a cycle later; the last position adds them to
// bias where first is high, else to its own sum.
module specification #(
  parameter LENGTH = 1,
  parameter OPERAND_BITS = 1,
  parameter WEIGHT_BITS = 1,
  parameter ACCUM_BITS = 1,
  parameter FIRST_LATE = 0,
  parameter MULTIPLIER_REGISTER = 1
) (
  input clk,
  input first,
  input [LENGTH*OPERAND_BITS-1:0] operands,
  input [LENGTH*WEIGHT_BITS-1:0] weights,
  input [ACCUM_BITS-1:0] bias
);
  localparam DEEPEST = 2 + MULTIPLIER_REGISTER; // cycles before the adder, at most
  wire [ACCUM_BITS-1:0] sum;
  proven dut (.*);

  reg [ACCUM_BITS-1:0] bias_before;
  always @(posedge clk) bias_before <= bias;

  // Sums of the positions, position 0 lowest; known: everything in the slices entered them after the first cycle, and
  // since then a sum has begun.
  wire [LENGTH*ACCUM_BITS-1:0] totals;
  reg [LENGTH+DEEPEST:0] entered = 0;
  reg known = 0;
  genvar k;
  for (k = 0; k < LENGTH; k = k + 1) begin : position
    localparam AGE = 1 + (k + FIRST_LATE > 0 ? 1 : 0) + MULTIPLIER_REGISTER; // cycles from port to adder
    reg [DEEPEST*OPERAND_BITS-1:0] former_operands;
    reg [DEEPEST*WEIGHT_BITS-1:0] former_weights;
    wire signed [OPERAND_BITS-1:0] operand = former_operands >> (AGE - 1) * OPERAND_BITS;
    wire signed [WEIGHT_BITS-1:0] weight = former_weights >> (AGE - 1) * WEIGHT_BITS;
    wire signed [ACCUM_BITS-1:0] product = operand * weight;
    reg [ACCUM_BITS-1:0] total;
    wire [ACCUM_BITS-1:0] below = k > 0 ? totals >> (k > 0 ? k - 1 : 0) * ACCUM_BITS : 0;
    wire [ACCUM_BITS-1:0] own = k < LENGTH - 1 ? 0 : first ? bias_before : total;
    always @(posedge clk) begin
      former_operands <= {former_operands, operands[k*OPERAND_BITS +: OPERAND_BITS]};
      former_weights <= {former_weights, weights[k*WEIGHT_BITS +: WEIGHT_BITS]};
      total <= below + own + product;
    end
    assign totals[k*ACCUM_BITS +: ACCUM_BITS] = total;
  end
  always @(posedge clk) begin
    entered <= {entered, 1'b1};
    known <= known || entered[LENGTH+DEEPEST] && first;
  end
  always @* if (known) assert (sum == totals[(LENGTH-1)*ACCUM_BITS +: ACCUM_BITS]);
endmodule
