// bxnn_threshold: BASE, and INCREMENT for every threshold that the code reaches; y loads with enable.
// REGISTERED = 1: two cycles later, if enable was high with x.
module specification #(
  parameter LANES = 1,
  parameter IN_BITS = 1,
  parameter IN_SIGNED = 0,
  parameter OUT_BITS = 1,
  parameter STEPS = 1,
  parameter [STEPS*(IN_BITS+2)-1:0] THRESHOLDS = 0,
  parameter signed [31:0] BASE = 0,
  parameter signed [31:0] INCREMENT = 1,
  parameter REGISTERED = 0,
  parameter MAX_FANOUT = 0
) (
  input clk,
  input enable,
  input [LANES*IN_BITS-1:0] x
);
  wire [LANES*OUT_BITS-1:0] y;
  proven dut (.*);

  reg enabled = 0, known = 0;
  reg [LANES*IN_BITS-1:0] before, kept;
  wire loads = REGISTERED ? enabled : enable;
  always @(posedge clk) begin
    enabled <= enable;
    before <= x;
    if (loads) begin
      known <= 1;
      kept <= REGISTERED ? before : x;
    end
  end

  genvar l;
  for (l = 0; l < LANES; l = l + 1) begin : lane
    wire [IN_BITS-1:0] code = kept[l*IN_BITS +: IN_BITS];
    wire signed [31:0] value = IN_SIGNED ? $signed(code) : $signed({1'b0, code});
    reg signed [31:0] wanted;
    reg signed [IN_BITS+1:0] threshold;
    integer k;
    always @* begin
      wanted = BASE;
      for (k = 0; k < STEPS; k = k + 1) begin
        threshold = THRESHOLDS[k*(IN_BITS+2) +: IN_BITS+2];
        if (value >= threshold) wanted = wanted + INCREMENT;
      end
      if (known) assert (y[l*OUT_BITS +: OUT_BITS] == wanted[OUT_BITS-1:0]);
    end
  end
endmodule
