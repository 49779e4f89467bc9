// bxnn_dot_output_serial: lane g is OFFSET(g, p) + SUM over elements i of x(i) * MATRIX(g, p, i) in cycle p of a result,
// for events that are INITIATION_INTERVAL cycles apart and stay as long, even if there is a reset between them.
module specification #(
  parameter INPUTS = 1,
  parameter IN_BITS = 1,
  parameter IN_SIGNED = 0,
  parameter OUTPUT_LANES = 1,
  parameter PHASES = 1,
  parameter INITIATION_INTERVAL = 1,
  parameter CASCADE = 1,
  parameter SEGMENTS = 1,
  parameter ACCUM_BITS = 1,
  parameter MULTIPLIER_REGISTER = 1,
  parameter LEVELS_PER_STAGE = 1,
  parameter OPEN_LEVELS = 0,
  parameter [32*OUTPUT_LANES*PHASES*INPUTS-1:0] MATRIX = 0,
  parameter [32*OUTPUT_LANES*PHASES-1:0] OFFSET = 0
) (
  input clk,
  input rst,
  input valid,
  input [INPUTS*IN_BITS-1:0] x
);
  localparam LEVELS = $clog2(SEGMENTS) > OPEN_LEVELS ? $clog2(SEGMENTS) - OPEN_LEVELS : 0;
  localparam LATENCY = CASCADE + 1 + MULTIPLIER_REGISTER + (LEVELS + LEVELS_PER_STAGE - 1) / LEVELS_PER_STAGE;
  localparam LONGEST = LATENCY + PHASES;
  wire sum_valid, load_leaves;
  wire [OUTPUT_LANES*ACCUM_BITS-1:0] sums;
  proven dut (.*);

  // Of the latest cycles, the newest lowest.
  reg [LONGEST+INITIATION_INTERVAL:0] valids = 0, starts = 0; // starts: whatever was reset
  reg [LONGEST*INPUTS*IN_BITS-1:0] words;
  always @(posedge clk) begin
    valids <= rst ? 0 : {valids, valid};
    starts <= {starts, valid};
    words <= {words, x};
  end
  always @* begin
    if ((starts & (1 << INITIATION_INTERVAL - 1) - 1) != 0) begin
      assume (!valid);
      assume (x == words[INPUTS*IN_BITS-1:0]);
    end
    assert (sum_valid == valids[LATENCY-1]);
  end

  genvar g, p;
  for (g = 0; g < OUTPUT_LANES; g = g + 1) begin : lane
    for (p = 0; p < PHASES; p = p + 1) begin : phase
      reg signed [ACCUM_BITS-1:0] wanted, value, weight;
      reg [IN_BITS-1:0] code;
      integer i;
      always @* begin
        wanted = $signed(OFFSET[32*(g*PHASES+p) +: 32]);
        for (i = 0; i < INPUTS; i = i + 1) begin
          code = words[((LATENCY-1+p)*INPUTS+i)*IN_BITS +: IN_BITS];
          weight = $signed(MATRIX[32*((g*PHASES+p)*INPUTS+i) +: 32]);
          value = IN_SIGNED ? $signed(code) : $signed({1'b0, code});
          wanted = wanted + value * weight;
        end
        if (valids[LATENCY-1+p]) assert (sums[g*ACCUM_BITS +: ACCUM_BITS] == wanted);
      end
    end
  end
endmodule
