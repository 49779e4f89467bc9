// bxnn_operand_choice: the word of the present phase, of the last one after that; zero for -1.
module specification #(
  parameter CHOICES = 1,
  parameter BITS = 1,
  parameter PHASES = 1,
  parameter [32*PHASES-1:0] WORD_OF = 0
) (
  input [(PHASES > 2 ? $clog2(PHASES) : 1)-1:0] phase,
  input [CHOICES*BITS-1:0] words
);
  wire [BITS-1:0] chosen;
  proven dut (.*);

  wire signed [31:0] word = WORD_OF[32*(phase < PHASES ? phase : PHASES - 1) +: 32];
  always @* assert (chosen == (word < 0 ? 0 : words[word*BITS +: BITS]));
endmodule
