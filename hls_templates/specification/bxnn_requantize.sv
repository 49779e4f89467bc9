// bxnn_requantize: the code nearest to x / 2**s as ROUNDING says, limited to LOW .. HIGH or wrapped; y loads with enable.
// Quotient and remainder are of the division by 2**s; which way a remainder goes follows from twice its size.
module specification #(
  parameter LANES = 1,
  parameter IN_BITS = 1,
  parameter IN_SIGNED = 0,
  parameter OUT_BITS = 1,
  parameter signed [31:0] SHIFT = 0,
  parameter ROUNDING = "TRN",
  parameter OVERFLOW = "WRAP",
  parameter signed [OUT_BITS:0] LOW = 0,
  parameter signed [OUT_BITS:0] HIGH = 0,
  parameter SLOPE_SHIFT = 0,
  parameter HALF_ADDED = 0
) (
  input clk,
  input enable,
  input [LANES*IN_BITS-1:0] x
);
  localparam W = 24;
  wire [LANES*OUT_BITS-1:0] y;
  proven dut (.*);

  reg known = 0;
  reg [LANES*IN_BITS-1:0] kept;
  always @(posedge clk) if (enable) begin
    known <= 1;
    kept <= x;
  end

  genvar l;
  for (l = 0; l < LANES; l = l + 1) begin : lane
    wire [IN_BITS-1:0] code = kept[l*IN_BITS +: IN_BITS];
    wire signed [W-1:0] given = IN_SIGNED ? $signed(code) : $signed({1'b0, code});
    wire signed [W-1:0] value = HALF_ADDED ? given - (1 << SHIFT - 1) : given;
    wire signed [31:0] s = value < 0 ? SHIFT + SLOPE_SHIFT : SHIFT;
    wire signed [W-1:0] unit = s > 0 ? 1 <<< s : 1;
    wire signed [W-1:0] down = value >>> (s > 0 ? s : 0);
    wire signed [W-1:0] left = value - down * unit;
    wire above = 2 * left > unit, tie = 2 * left == unit;
    reg up;
    always @* case (ROUNDING)
      "TRN": up = 0;
      "RND": up = above || tie;
      "RND_MIN_INF": up = above;
      "RND_INF": up = above || tie && value >= 0;
      "RND_ZERO": up = above || tie && value < 0;
      "RND_CONV": up = above || tie && down[0];
      default: up = value < 0 && left != 0;
    endcase
    wire signed [W-1:0] rounded = s > 0 ? down + (up ? 1 : 0) : value <<< -s;
    wire signed [W-1:0] low = LOW, high = HIGH;
    wire signed [W-1:0] wanted = OVERFLOW == "WRAP" ? rounded : rounded < low ? low : rounded > high ? high : rounded;
    always @* if (known) assert (y[l*OUT_BITS +: OUT_BITS] == wanted[OUT_BITS-1:0]);
  end
endmodule
