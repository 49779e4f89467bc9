// bxnn_weight_bank: row p of a bank in cycle p of an event, row 0 between events, constant in columns that are not loaded.
// Pieces of the others are loaded one after the other, the lowest of the lowest column first: each one takes the words of
// all rows, and step ends its turn.
module specification #(
  parameter DEPTH = 1,
  parameter COLUMNS = 1,
  parameter COLUMN_BITS = 1,
  parameter [32*COLUMNS-1:0] LOADED = 0,
  parameter PIECES = 1,
  parameter PER_COUNTER = 0,
  parameter PLACE_BITS = 1,
  parameter LOAD_BITS = 1,
  parameter EARLY = 0,
  parameter [DEPTH*COLUMNS*COLUMN_BITS-1:0] CONTENTS = 0
) (
  input clk,
  input rst,
  input valid,
  input bank,
  input begins,
  input enter,
  input write,
  input step,
  input [PLACE_BITS-1:0] place,
  input [LOAD_BITS-1:0] word
);
  localparam ROW = COLUMNS * COLUMN_BITS;
  localparam PIECE = (COLUMN_BITS + PIECES - 1) / PIECES; // bits of the lower pieces
  localparam NOBODY = COLUMNS * PIECES;
  wire leaves;
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
  reg [31:0] turn = NOBODY; // column * PIECES + piece
  reg [31:0] first, following; // the first piece that is loaded, and the one after turn
  integer c, i, b;
  always @* begin
    first = NOBODY;
    following = NOBODY;
    for (i = COLUMNS * PIECES - 1; i >= 0; i = i - 1) if (LOADED[32*(i/PIECES)]) begin
      first = i;
      if (i > turn) following = i;
    end
    if (valid) assume (!reset && (ago & (1 << DEPTH - 1) - 1) == 0);
    if (DEPTH > 1) assume (phase < DEPTH);
    if (step) assume (write);
    if (enter) assume (turn == NOBODY);
  end
  always @(posedge clk) begin
    ago <= rst ? 0 : all;
    bank_ago <= {bank_ago, bank};
    reset <= rst;
    before <= words;
    turn <= enter ? first : begins ? NOBODY : step ? following : turn;
    for (c = 0; c < COLUMNS; c = c + 1) for (b = 0; b < COLUMN_BITS; b = b + 1)
      if (write && turn == c * PIECES + b / PIECE) words[loaded*ROW+c*COLUMN_BITS+b] <= word[b%PIECE];
  end

  reg [31:0] row;
  always @* begin
    row = 0;
    for (i = 1; i < DEPTH; i = i + 1) if (all[i+EARLY]) row = i;
  end
  wire [2*DEPTH*ROW-1:0] moved = before >> (bank_ago[row] * DEPTH + row) * ROW;
  always @* begin
    assert (leaves == (first == NOBODY ? enter : step && turn != NOBODY && following == NOBODY));
    if (!reset) begin
      for (c = 0; c < COLUMNS; c = c + 1) for (b = 0; b < COLUMN_BITS; b = b + 1)
        assert (data[c*COLUMN_BITS+b] ==
                (LOADED[32*c] ? moved[c*COLUMN_BITS+b] : CONTENTS[c*COLUMN_BITS+b]));
    end
  end
endmodule
