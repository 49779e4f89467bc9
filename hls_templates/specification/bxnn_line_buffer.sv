// bxnn_line_buffer: two cycles after a read, the words at its address in all rows, as they were written in cycles before
// the read; they stay until the next read. Words go to row after row, from row 0 on with a first word.
module specification #(
  parameter ROWS = 1,
  parameter WORDS = 1,
  parameter WORD_BITS = 1,
  parameter MAX_FANOUT = 0,
  parameter BLOCK_RAM = 0
) (
  input clk,
  input rst,
  input in_valid,
  input in_first,
  input [WORD_BITS-1:0] in_data,
  input read,
  input [(WORDS > 2 ? $clog2(WORDS) : 1)-1:0] address
);
  wire [ROWS*WORD_BITS-1:0] column;
  proven dut (.*);

  reg [ROWS*WORDS*WORD_BITS-1:0] words;
  reg [ROWS*WORDS-1:0] written = 0; // words that are known
  reg [31:0] next = 0;
  reg placed = 0; // whether next is known: after a reset or a first word
  wire [31:0] now = in_first ? 0 : next;
  reg [ROWS*WORD_BITS-1:0] found, wanted;
  reg [ROWS-1:0] found_known = 0, known = 0;
  always @* begin
    assume (address < WORDS);
    if (in_valid) assume (placed || in_first);
  end
  integer r;
  always @(posedge clk) begin
    placed <= placed || rst || in_valid && in_first;
    next <= rst ? 0 : in_valid ? (now + 1) % (ROWS * WORDS) : next;
    if (in_valid) begin
      words[now*WORD_BITS +: WORD_BITS] <= in_data;
      written[now] <= 1;
    end
    if (read) for (r = 0; r < ROWS; r = r + 1) begin
      found[r*WORD_BITS +: WORD_BITS] <= words[(r*WORDS+address)*WORD_BITS +: WORD_BITS];
      found_known[r] <= written[r*WORDS+address];
    end
    wanted <= found;
    known <= found_known;
  end
  genvar i;
  for (i = 0; i < ROWS; i = i + 1) begin : row
    always @* if (known[i]) assert (column[i*WORD_BITS +: WORD_BITS] == wanted[i*WORD_BITS +: WORD_BITS]);
  end
endmodule
