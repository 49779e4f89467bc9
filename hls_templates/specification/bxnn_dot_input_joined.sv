// bxnn_dot_input_joined: sum(o) = OFFSET(o) + SUM over lanes l and phases p of x(l, p) * MATRIX(o, l, p), for events that
// are PHASES cycles apart, even if there is a reset between them.
module specification #(
  parameter LANES = 1,
  parameter IN_BITS = 1,
  parameter IN_SIGNED = 0,
  parameter OUTPUTS = 1,
  parameter PHASES = 1,
  parameter JOINED = 2,
  parameter ACCUM_BITS = 1,
  parameter MULTIPLIER_REGISTER = 1,
  parameter LEVELS_PER_STAGE = 1,
  parameter OPEN_LEVELS = 0,
  parameter [32*OUTPUTS*LANES*PHASES-1:0] MATRIX = 0,
  parameter [32*OUTPUTS-1:0] OFFSET = 0
) (
  input clk,
  input rst,
  input valid,
  input [LANES*IN_BITS-1:0] x
);
  localparam SEGMENTS = (LANES + JOINED - 1) / JOINED;
  localparam LEVELS = $clog2(SEGMENTS) > OPEN_LEVELS ? $clog2(SEGMENTS) - OPEN_LEVELS : 0;
  localparam LATENCY = PHASES + JOINED + MULTIPLIER_REGISTER + (LEVELS + LEVELS_PER_STAGE - 1) / LEVELS_PER_STAGE;
  wire sum_valid;
  wire [OUTPUTS*ACCUM_BITS-1:0] sums;
  proven dut (.*);

  // Of the latest cycles, the newest lowest.
  reg [LATENCY:0] valids = 0, starts = 0; // starts: whatever was reset
  reg [LATENCY*LANES*IN_BITS-1:0] words;
  always @(posedge clk) begin
    valids <= rst ? 0 : {valids, valid};
    starts <= {starts, valid};
    words <= {words, x};
  end
  always @* begin
    if (valid) assume ((starts & (1 << PHASES - 1) - 1) == 0);
    assert (sum_valid == valids[LATENCY-1]);
  end

  genvar o;
  for (o = 0; o < OUTPUTS; o = o + 1) begin : output_sum
    reg signed [ACCUM_BITS-1:0] wanted, value, weight;
    reg [IN_BITS-1:0] code;
    integer l, p;
    always @* begin
      wanted = OFFSET[32*o +: 32];
      for (l = 0; l < LANES; l = l + 1)
        for (p = 0; p < PHASES; p = p + 1) begin
          code = words[((LATENCY-1-p)*LANES+l)*IN_BITS +: IN_BITS];
          weight = MATRIX[32*((o*LANES+l)*PHASES+p) +: 32];
          value = IN_SIGNED ? $signed(code) : $signed({1'b0, code});
          wanted = wanted + value * weight;
        end
      if (sum_valid) assert (sums[o*ACCUM_BITS +: ACCUM_BITS] == wanted);
    end
  end
endmodule
