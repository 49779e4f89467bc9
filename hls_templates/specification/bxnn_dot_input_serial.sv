// bxnn_dot_input_serial: sum(o) = OFFSET(o) + SUM over lanes l and phases p of x(l, p) * MATRIX(o, l, p), for events that
// are PHASES cycles apart, even if there is a reset between them. MATRIX and OFFSET are those of the
// set of two cycles before, or of the bank of the cycle before the event.
module specification #(
  parameter LANES = 1,
  parameter IN_BITS = 1,
  parameter IN_SIGNED = 0,
  parameter OUTPUTS = 1,
  parameter PHASES = 1,
  parameter ACCUM_BITS = 1,
  parameter MULTIPLIER_REGISTER = 1,
  parameter LEVELS_PER_STAGE = 1,
  parameter OPEN_LEVELS = 0,
  parameter LOADS = 0,
  parameter LOAD_BITS = 1,
  parameter WEIGHT_BITS = 1,
  parameter SETS = 1,
  parameter [32*SETS*OUTPUTS*LANES*PHASES-1:0] MATRIX = 0,
  parameter [32*SETS*OUTPUTS-1:0] OFFSET = 0
) (
  input clk,
  input rst,
  input valid,
  input [LANES*IN_BITS-1:0] x,
  input bank,
  input load_begin,
  input load_enter,
  input load_write,
  input load_bank,
  input [LOAD_BITS-1:0] load_data,
  input [(SETS > 2 ? $clog2(SETS) : 1)-1:0] weight_set
);
  localparam SET = SETS > 2 ? $clog2(SETS) : 1;
  localparam LEVELS = $clog2(LANES) > OPEN_LEVELS ? $clog2(LANES) - OPEN_LEVELS : 0;
  localparam LATENCY = PHASES + 1 + MULTIPLIER_REGISTER + (LEVELS + LEVELS_PER_STAGE - 1) / LEVELS_PER_STAGE;
  wire sum_valid, load_leaves;
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

  // Loading: words go, in order, to a bank that no late event uses: weights, then offsets. A word arrives a cycle after
  // its write. Both banks begin with MATRIX and OFFSET.
  localparam WEIGHTS = OUTPUTS * LANES * PHASES, ALL = LOADS ? WEIGHTS + OUTPUTS * PHASES : 0;
  localparam RECENT = LATENCY + PHASES + 4; // cycles for which an event may use a bank
  reg [2*WEIGHTS*WEIGHT_BITS-1:0] loaded;
  reg [2*OUTPUTS*ACCUM_BITS-1:0] loaded_offsets;
  reg [RECENT:0] banks = 0;
  reg [2:0] writing = 0;
  reg began = 0, wrote = 0, target = 0, reset = 0;
  reg [LOAD_BITS-1:0] word;
  reg [31:0] place = ALL;
  integer n;
  initial for (n = 0; n < WEIGHTS; n = n + 1) begin
    loaded[n*WEIGHT_BITS +: WEIGHT_BITS] = MATRIX[32*n +: 32];
    loaded[(WEIGHTS+n)*WEIGHT_BITS +: WEIGHT_BITS] = MATRIX[32*n +: 32];
  end
  initial for (n = 0; n < OUTPUTS; n = n + 1) begin
    loaded_offsets[n*ACCUM_BITS +: ACCUM_BITS] = OFFSET[32*n +: 32];
    loaded_offsets[(OUTPUTS+n)*ACCUM_BITS +: ACCUM_BITS] = OFFSET[32*n +: 32];
  end
  always @(posedge clk) if (LOADS) begin
    {began, wrote, target, word} <= {load_begin, load_write, load_bank, load_data};
    banks <= {banks, bank};
    writing <= {writing, load_write};
    reset <= rst;
    place <= load_enter ? 0 : began ? ALL : place + (wrote && place < ALL);
    if (wrote && place < WEIGHTS) loaded[(target*WEIGHTS+place)*WEIGHT_BITS +: WEIGHT_BITS] <= word;
    else if (wrote && place < ALL)
      loaded_offsets[(target*OUTPUTS+(place-WEIGHTS)/PHASES)*ACCUM_BITS +: ACCUM_BITS] <= word;
  end
  always @* assert (load_leaves == (wrote && place < ALL && place == ALL - 1));
  always @* if (LOADS) begin
    if (load_write) assume (banks == {RECENT+1{bank}} && load_bank != bank);
    if (load_enter) assume (place == ALL);
    if (writing != 0) assume (bank == banks[0]);
    if (valid) assume (!reset);
  end

  // Sets: the one of two cycles before.
  reg [(LATENCY+3)*SET-1:0] sets = 0;
  reg [1:0] clocked = 0;
  always @(posedge clk) begin
    sets <= {sets, weight_set};
    clocked <= {clocked, 1'b1};
  end
  always @* if (SETS > 1) begin
    assume (weight_set < SETS);
    if (valid) assume (clocked[1]);
  end

  genvar o;
  for (o = 0; o < OUTPUTS; o = o + 1) begin : output_sum
    reg signed [ACCUM_BITS-1:0] wanted, value, weight;
    reg [IN_BITS-1:0] code;
    reg [SET-1:0] set;
    integer l, p;
    always @* begin
      set = SETS > 1 ? sets[(LATENCY+1)*SET +: SET] : 0;
      wanted = LOADS ? loaded_offsets[(banks[LATENCY]*OUTPUTS+o)*ACCUM_BITS +: ACCUM_BITS]
                     : OFFSET[32*(set*OUTPUTS+o) +: 32];
      for (l = 0; l < LANES; l = l + 1)
        for (p = 0; p < PHASES; p = p + 1) begin
          code = words[((LATENCY-1-p)*LANES+l)*IN_BITS +: IN_BITS];
          set = SETS > 1 ? sets[(LATENCY+1-p)*SET +: SET] : 0;
          weight = LOADS ? $signed(loaded[(banks[LATENCY]*WEIGHTS+(o*LANES+l)*PHASES+p)*WEIGHT_BITS +: WEIGHT_BITS])
                         : $signed(MATRIX[32*(set*WEIGHTS+(o*LANES+l)*PHASES+p) +: 32]);
          value = IN_SIGNED ? $signed(code) : $signed({1'b0, code});
          wanted = wanted + value * weight;
        end
      if (sum_valid) assert (sums[o*ACCUM_BITS +: ACCUM_BITS] == wanted);
    end
  end
endmodule
