// bxnn_window_former: tile t of a frame shows the pixels of the image below its window, zero beside the image, three
// cycles after the read that completes it and until the next read. The column of a read comes two cycles later and has
// the rows of the image that its row of tiles needs; what else it has may be anything.
module specification #(
  parameter BUFFER_ROWS = 1,
  parameter WORDS = 1,
  parameter WORD_PIXELS = 1,
  parameter PIXEL_BITS = 1,
  parameter ROWS = 1,
  parameter COLUMNS = 1,
  parameter WINDOW_WORDS = 1,
  parameter LEAD = 0,
  parameter FIRST_WORD = 0,
  parameter READS = 1,
  parameter ROW_STEP = 1,
  parameter ROWS_BEFORE = 0,
  parameter TILE_ROWS = 1,
  parameter TILE_COLUMNS = 1,
  parameter MAX_FANOUT = 0,
  parameter ROW_MASK = 0,
  parameter COLUMN_MASK = 0,
  parameter IMAGE_ROWS = 1,
  parameter IMAGE_COLUMNS = 1,
  parameter COLUMN_STEP = 1, // pixels from a tile to the next
  parameter COLUMNS_BEFORE = 0, // pixels of the first tile of a row that precede the image
  parameter TOTAL = 1, // reads of a frame
  parameter [TOTAL-1:0] COMPLETES = 0 // whether a read completes a tile, the first lowest
) (
  input clk,
  input rst,
  input start,
  input read,
  input [BUFFER_ROWS*WORD_PIXELS*PIXEL_BITS-1:0] anything,
  input [IMAGE_ROWS*IMAGE_COLUMNS*PIXEL_BITS-1:0] fresh
);
  localparam B = PIXEL_BITS, TILE = ROWS * COLUMNS * B, WIDE = BUFFER_ROWS * WORD_PIXELS * B;
  wire [(WORDS > 2 ? $clog2(WORDS) : 1)-1:0] address;
  wire complete, out_valid, out_first;
  wire [TILE-1:0] out_data;
  reg [WIDE-1:0] column;
  proven dut (.*);

  // Each frame has an image; k counts its reads, t its tiles.
  reg [IMAGE_ROWS*IMAGE_COLUMNS*B-1:0] kept;
  wire [IMAGE_ROWS*IMAGE_COLUMNS*B-1:0] image = start ? fresh : kept;
  reg signed [31:0] next_k = TOTAL, next_t = 0;
  wire signed [31:0] k = start ? 0 : next_k, t = start ? 0 : next_t;
  assign complete = read && COMPLETES >> k & 1;
  always @* begin
    if (start) assume (read);
    if (read) assume (k < TOTAL);
    if (read && k < TILE_ROWS * READS) assert (address == FIRST_WORD + k % READS);
  end

  // The column of this read, and the tile that it completes.
  reg [WIDE-1:0] found;
  reg [TILE-1:0] tile;
  integer i, j, r, c;
  always @* begin
    found = anything;
    for (i = 0; i < ROWS; i = i + 1) begin
      r = k / READS * ROW_STEP - ROWS_BEFORE + i;
      for (j = 0; j < WORD_PIXELS; j = j + 1) begin
        c = (FIRST_WORD + k % READS) * WORD_PIXELS + j;
        if (r >= 0 && r < IMAGE_ROWS && c < IMAGE_COLUMNS)
          found[(r % BUFFER_ROWS * WORD_PIXELS + j)*B +: B] = image[(r*IMAGE_COLUMNS+c)*B +: B];
      end
    end
    tile = 0;
    for (i = 0; i < ROWS; i = i + 1)
      for (j = 0; j < COLUMNS; j = j + 1) begin
        r = t / TILE_COLUMNS * ROW_STEP - ROWS_BEFORE + i;
        c = t % TILE_COLUMNS * COLUMN_STEP - COLUMNS_BEFORE + j;
        if (r >= 0 && r < IMAGE_ROWS && c >= 0 && c < IMAGE_COLUMNS)
          tile[(i*COLUMNS+j)*B +: B] = image[(r*IMAGE_COLUMNS+c)*B +: B];
      end
  end

  reg synced = 0, shown = 0;
  reg [2:0] reads = 0, completes = 0, valids = 0, firsts = 0;
  reg [WIDE-1:0] column_before;
  reg [3*TILE-1:0] tiles;
  reg [TILE-1:0] wanted;
  always @(posedge clk) begin
    synced <= synced || rst;
    kept <= image;
    if (read) begin
      next_k <= k + 1;
      next_t <= t + complete;
    end
    if (rst) next_k <= TOTAL; // the frame is lost
    column_before <= found;
    column <= column_before;
    reads <= {reads, read};
    completes <= {completes, complete};
    valids <= rst ? 0 : {valids, complete};
    firsts <= {firsts, complete && t == 0};
    tiles <= {tiles, tile};
    if (reads[1]) begin
      shown <= completes[1];
      wanted <= tiles[TILE +: TILE];
    end
  end
  always @* begin
    if (synced) assert (out_valid == valids[2]);
    if (synced && out_valid) assert (out_first == firsts[2]);
    if (shown) assert (out_data == wanted);
  end
endmodule
