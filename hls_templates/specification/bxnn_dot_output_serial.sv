// bxnn_dot_output_serial: lane g is OFFSET(g, p) + SUM over elements i of x(i) * MATRIX(g, p, i) in cycle p of a result,
// for events that are INITIATION_INTERVAL cycles apart and stay as long, even if there is a reset between them.
// MATRIX and OFFSET are those of the set of two cycles before, or of the bank of the cycle before the event; words of a
// bank are those of slice after slice of the only column.
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
  parameter LOADS = 0,
  parameter LOAD_BITS = 1,
  parameter WEIGHT_BITS = 1,
  parameter SETS = 1,
  parameter [32*SETS*OUTPUT_LANES*PHASES*INPUTS-1:0] MATRIX = 0,
  parameter [32*SETS*OUTPUT_LANES*PHASES-1:0] OFFSET = 0
) (
  input clk,
  input rst,
  input valid,
  input [INPUTS*IN_BITS-1:0] x,
  input bank,
  input load_begin,
  input load_enter,
  input load_write,
  input load_bank,
  input [LOAD_BITS-1:0] load_data,
  input [(SETS > 2 ? $clog2(SETS) : 1)-1:0] weight_set
);
  localparam SET = SETS > 2 ? $clog2(SETS) : 1;
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

  // Loading: words go, in order, to a bank that no late event uses: weights, then offsets. A word arrives a cycle after
  // its write. Both banks begin with MATRIX and OFFSET.
  localparam WEIGHTS = CASCADE * PHASES, ALL = LOADS ? WEIGHTS + PHASES : 0;
  localparam RECENT = LATENCY + PHASES + 4; // cycles for which an event may use a bank
  reg [2*WEIGHTS*WEIGHT_BITS-1:0] loaded;
  reg [2*PHASES*ACCUM_BITS-1:0] loaded_offsets;
  reg [RECENT:0] banks = 0;
  reg [2:0] writing = 0;
  reg began = 0, wrote = 0, target = 0, reset = 0;
  reg [LOAD_BITS-1:0] word;
  reg [31:0] place = ALL;
  integer n;
  initial for (n = 0; n < WEIGHTS; n = n + 1) begin
    loaded[n*WEIGHT_BITS +: WEIGHT_BITS] = MATRIX[32*(n % PHASES * INPUTS + n / PHASES) +: 32];
    loaded[(WEIGHTS+n)*WEIGHT_BITS +: WEIGHT_BITS] = MATRIX[32*(n % PHASES * INPUTS + n / PHASES) +: 32];
  end
  initial for (n = 0; n < PHASES; n = n + 1) begin
    loaded_offsets[n*ACCUM_BITS +: ACCUM_BITS] = OFFSET[32*n +: 32];
    loaded_offsets[(PHASES+n)*ACCUM_BITS +: ACCUM_BITS] = OFFSET[32*n +: 32];
  end
  always @(posedge clk) if (LOADS) begin
    {began, wrote, target, word} <= {load_begin, load_write, load_bank, load_data};
    banks <= {banks, bank};
    writing <= {writing, load_write};
    reset <= rst;
    place <= load_enter ? 0 : began ? ALL : place + (wrote && place < ALL);
    if (wrote && place < WEIGHTS) loaded[(target*WEIGHTS+place)*WEIGHT_BITS +: WEIGHT_BITS] <= word;
    else if (wrote && place < ALL)
      loaded_offsets[(target*PHASES+(place-WEIGHTS))*ACCUM_BITS +: ACCUM_BITS] <= word;
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

  genvar g, p;
  for (g = 0; g < OUTPUT_LANES; g = g + 1) begin : lane
    for (p = 0; p < PHASES; p = p + 1) begin : phase
      reg signed [ACCUM_BITS-1:0] wanted, value, weight;
      reg [IN_BITS-1:0] code;
      reg [SET-1:0] set;
      reg of_bank;
      integer i;
      always @* begin
        set = SETS > 1 ? sets[(LATENCY+1)*SET +: SET] : 0;
        of_bank = banks[LATENCY+p];
        wanted = LOADS ? loaded_offsets[(of_bank*PHASES+p)*ACCUM_BITS +: ACCUM_BITS]
                       : OFFSET[32*((set*OUTPUT_LANES+g)*PHASES+p) +: 32];
        for (i = 0; i < INPUTS; i = i + 1) begin
          code = words[((LATENCY-1+p)*INPUTS+i)*IN_BITS +: IN_BITS];
          weight = LOADS ? $signed(loaded[(of_bank*WEIGHTS+i*PHASES+p)*WEIGHT_BITS +: WEIGHT_BITS])
                         : $signed(MATRIX[32*(((set*OUTPUT_LANES+g)*PHASES+p)*INPUTS+i) +: 32]);
          value = IN_SIGNED ? $signed(code) : $signed({1'b0, code});
          wanted = wanted + value * weight;
        end
        if (valids[LATENCY-1+p]) assert (sums[g*ACCUM_BITS +: ACCUM_BITS] == wanted);
      end
    end
  end
endmodule
