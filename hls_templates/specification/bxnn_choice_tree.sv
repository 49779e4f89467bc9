// bxnn_choice_tree: word `number` of words, the last one for numbers beyond it.
module specification #(
  parameter CHOICES = 1,
  parameter BITS = 1,
  parameter NUMBER_BITS = 1
) (
  input [NUMBER_BITS-1:0] number,
  input [CHOICES*BITS-1:0] words
);
  wire [BITS-1:0] chosen;
  proven dut (.*);

  wire [31:0] place = number < CHOICES ? number : CHOICES - 1;
  wire [CHOICES*BITS-1:0] moved = words >> place * BITS;
  always @* assert (chosen == moved[BITS-1:0]);
endmodule
