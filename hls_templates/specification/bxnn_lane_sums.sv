// bxnn_lane_sums: the sum of a lane over all terms; every lane but the highest of a word has half its range added.
module specification #(
  parameter OUTPUTS = 1,
  parameter TERMS = 1,
  parameter PRODUCTS = 1,
  parameter LANE_BITS = 1,
  parameter ACCUM_BITS = 1,
  parameter LEVELS_PER_STAGE = 1,
  parameter OPEN_LEVELS = 0
) (
  input clk,
  input [(OUTPUTS+PRODUCTS-1)/PRODUCTS*TERMS*PRODUCTS*LANE_BITS-1:0] words
);
  localparam LEVELS = $clog2(TERMS) > OPEN_LEVELS ? $clog2(TERMS) - OPEN_LEVELS : 0;
  localparam LATENCY = (LEVELS + LEVELS_PER_STAGE - 1) / LEVELS_PER_STAGE;
  wire [OUTPUTS*ACCUM_BITS-1:0] sums;
  proven dut (.*);

  genvar o;
  for (o = 0; o < OUTPUTS; o = o + 1) begin : output_lane
    localparam GROUP = o / PRODUCTS, LANE = o % PRODUCTS;
    reg signed [ACCUM_BITS-1:0] sum;
    reg signed [LANE_BITS-1:0] field;
    integer t;
    always @* begin
      sum = 0;
      for (t = 0; t < TERMS; t = t + 1) begin
        field = words[((GROUP*TERMS+t)*PRODUCTS+LANE)*LANE_BITS +: LANE_BITS];
        if (LANE < PRODUCTS - 1) field = field - (1 << LANE_BITS - 1);
        sum = sum + field;
      end
    end
    reg [LATENCY*(ACCUM_BITS+1):0] seen = 0;
    wire [(LATENCY+1)*(ACCUM_BITS+1):0] all = {seen, 1'b1, sum};
    always @(posedge clk) seen <= all;
    always @* if (all[LATENCY*(ACCUM_BITS+1) + ACCUM_BITS])
      assert (sums[o*ACCUM_BITS +: ACCUM_BITS] == all[LATENCY*(ACCUM_BITS+1) +: ACCUM_BITS]);
  end
endmodule
