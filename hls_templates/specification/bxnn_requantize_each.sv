// bxnn_requantize_each: every lane rounded and limited to its own format, on a common grid; y loads with enable.
module specification #(
  parameter LANES = 1,
  parameter IN_BITS = 1,
  parameter IN_SIGNED = 0,
  parameter OUT_BITS = 1,
  parameter RECTIFIED = 0,
  parameter ROUNDING = "TRN",
  parameter OVERFLOW = "WRAP",
  parameter [128*LANES-1:0] FORMATS = 0,
  parameter [LANES*(OUT_BITS+1)-1:0] LOWS = 0,
  parameter [LANES*(OUT_BITS+1)-1:0] HIGHS = 0
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
    localparam WIDTH = FORMATS[128*l +: 32], IS_SIGNED = FORMATS[128*l+32 +: 32];
    localparam signed [31:0] SHIFT = FORMATS[128*l+64 +: 32];
    localparam ZEROS = FORMATS[128*l+96 +: 32];
    localparam signed [OUT_BITS:0] LOW = LOWS[l*(OUT_BITS+1) +: OUT_BITS+1];
    localparam signed [OUT_BITS:0] HIGH = HIGHS[l*(OUT_BITS+1) +: OUT_BITS+1];
    wire [IN_BITS-1:0] code = kept[l*IN_BITS +: IN_BITS];
    wire signed [W-1:0] given = IN_SIGNED ? $signed(code) : $signed({1'b0, code});
    wire signed [W-1:0] value = RECTIFIED && given < 0 ? 0 : given;
    wire signed [W-1:0] down = SHIFT > 0 ? value >>> SHIFT : value <<< -SHIFT;
    wire signed [W-1:0] left = SHIFT > 0 ? value - (down <<< SHIFT) : 0;
    wire signed [W-1:0] unit = SHIFT > 0 ? 1 << SHIFT : 1;
    wire up = ROUNDING == "RND" ? 2 * left >= unit
            : ROUNDING == "RND_CONV" ? 2 * left > unit || 2 * left == unit && down[0] : 0;
    wire signed [W-1:0] rounded = down + (up ? 1 : 0);
    wire signed [W-1:0] low = LOW, high = HIGH;
    wire signed [W-1:0] limited = OVERFLOW == "WRAP" ? rounded : rounded < low ? low : rounded > high ? high : rounded;
    // The code in its own width, read as its own type.
    wire [W-1:0] cut = WIDTH == 0 ? 0 : limited & (1 << WIDTH) - 1;
    wire [W-1:0] extended = IS_SIGNED && cut >> WIDTH - 1 & 1 ? cut - (1 << WIDTH) : cut;
    wire [W-1:0] wanted = extended << ZEROS;
    always @* if (known || WIDTH == 0) assert (y[l*OUT_BITS +: OUT_BITS] == wanted[OUT_BITS-1:0]);
  end
endmodule
