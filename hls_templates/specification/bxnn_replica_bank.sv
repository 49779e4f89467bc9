// bxnn_replica_bank: row p of a bank in cycle p of an event, row 0 between events; cycle 0 is EARLY cycles after valid, and
// the bank is the one of the cycle before. A word that is taken can be read in the next cycle.
module specification #(
  parameter DEPTH = 1,
  parameter COLUMNS = 1,
  parameter COLUMN_BITS = 1,
  parameter PIECES = 1,
  parameter PLACE_BITS = 1,
  parameter LOAD_BITS = 1,
  parameter EARLY = 0,
  parameter [DEPTH*COLUMNS*COLUMN_BITS-1:0] CONTENTS = 0
) (
  input clk,
  input rst,
  input valid,
  input bank,
  input [COLUMNS*PIECES-1:0] take,
  input [PLACE_BITS-1:0] place,
  input [LOAD_BITS-1:0] word
);
  localparam ROW = COLUMNS * COLUMN_BITS;
  localparam PIECE = (COLUMN_BITS + PIECES - 1) / PIECES; // bits of the lower pieces
  wire [ROW-1:0] data;
  proven dut (.*);

  // Bit p - 1: there was a valid p cycles ago, and no reset since then. Events are DEPTH
  // cycles apart, and none begins in the cycle after a reset.
  reg [DEPTH+1:0] ago = 0;
  wire [DEPTH+2:0] all = {ago, valid};
  reg [DEPTH:0] bank_ago = 0;
  reg reset = 0;
  reg [2*DEPTH*ROW-1:0] words = {2{CONTENTS}}, before = {2{CONTENTS}};
  wire [PLACE_BITS-2:0] phase = place;
  wire [31:0] loaded = place[PLACE_BITS-1] * DEPTH + (DEPTH > 1 ? phase : 0);
  integer c, i, b;
  always @* begin
    if (valid) assume (!reset && (ago & (1 << DEPTH - 1) - 1) == 0);
    if (DEPTH > 1) assume (phase < DEPTH);
  end
  always @(posedge clk) begin
    ago <= rst ? 0 : all;
    bank_ago <= {bank_ago, bank};
    reset <= rst;
    before <= words;
    for (c = 0; c < COLUMNS; c = c + 1) for (b = 0; b < COLUMN_BITS; b = b + 1)
      if (take[c*PIECES+b/PIECE]) words[loaded*ROW+c*COLUMN_BITS+b] <= word[b%PIECE];
  end

  reg [31:0] row;
  always @* begin
    row = 0;
    for (i = 1; i < DEPTH; i = i + 1) if (all[i+EARLY]) row = i;
  end
  wire [2*DEPTH*ROW-1:0] moved = before >> (bank_ago[row] * DEPTH + row) * ROW;
  always @* if (!reset) assert (data == moved[ROW-1:0]);
endmodule
