// bxnn_unpack_lanes: if the word is a sum of s(i) * 2**(i*LANE_BITS), and half a lane for every lane but the highest,
// then the results are s(i), for all s(i) of LANE_BITS bits.
module specification #(
  parameter LANES = 1,
  parameter LANE_BITS = 1,
  parameter ACCUM_BITS = 1
) (
  input [LANES*LANE_BITS-1:0] s
);
  wire [LANES*LANE_BITS-1:0] word;
  wire [LANES*ACCUM_BITS-1:0] sums;
  proven dut (.*);

  reg signed [31:0] total, own;
  integer i;
  always @* begin
    total = 0;
    for (i = 0; i < LANES; i = i + 1) begin
      own = $signed(s[i*LANE_BITS +: LANE_BITS]);
      total = total + own * (1 << i * LANE_BITS);
      if (i < LANES - 1) total = total + (1 << i * LANE_BITS + LANE_BITS - 1);
    end
  end
  assign word = total;

  genvar l;
  for (l = 0; l < LANES; l = l + 1) begin : lane
    wire signed [31:0] wanted = $signed(s[l*LANE_BITS +: LANE_BITS]);
    always @* assert (sums[l*ACCUM_BITS +: ACCUM_BITS] == wanted[ACCUM_BITS-1:0]);
  end
endmodule
