// bxnn_frame_collector: the image whose last word came a cycle ago. From any state it is right after a first word or a
// reset.
module specification #(
  parameter ROWS = 1,
  parameter COLUMNS = 1,
  parameter WORD_PIXELS = 1,
  parameter PIXEL_BITS = 1
) (
  input clk,
  input rst,
  input in_valid,
  input in_first,
  input [WORD_PIXELS*PIXEL_BITS-1:0] in_data
);
  localparam ROW_WORDS = (COLUMNS + WORD_PIXELS - 1) / WORD_PIXELS, WORDS = ROWS * ROW_WORDS;
  localparam WORD = WORD_PIXELS * PIXEL_BITS;
  wire ends, y_valid;
  wire [ROWS*COLUMNS*PIXEL_BITS-1:0] y;
  proven dut (.*);

  reg synced = 0, done = 0, whole = 0, stays = 0;
  reg [31:0] next = 0;
  reg [WORDS*WORD-1:0] image;
  wire [31:0] now = in_first ? 0 : next;
  always @(posedge clk) begin
    synced <= synced || rst || in_valid && in_first;
    done <= in_valid && now == WORDS - 1 && !rst;
    if (in_valid) begin
      // All words of the image are known if they came one after the other since its first.
      whole <= now == 0 && (in_first || synced) || whole;
      stays <= now == WORDS - 1 && (whole || WORDS == 1 && (in_first || synced));
      image[now*WORD +: WORD] <= in_data;
    end
    if (rst) whole <= 0;
    next <= rst ? 0 : in_valid ? (now + 1) % WORDS : next;
  end
  always @* if (synced) assert (y_valid == done);
  always @* if (synced) assert (ends == (in_valid && now == WORDS - 1));

  genvar r, c;
  for (r = 0; r < ROWS; r = r + 1) begin : row
    for (c = 0; c < COLUMNS; c = c + 1) begin : column
      wire [PIXEL_BITS-1:0] wanted =
        image[(r*ROW_WORDS + c/WORD_PIXELS)*WORD + c%WORD_PIXELS*PIXEL_BITS +: PIXEL_BITS];
      always @* if (synced && stays) assert (y[(r*COLUMNS+c)*PIXEL_BITS +: PIXEL_BITS] == wanted);
    end
  end
endmodule
