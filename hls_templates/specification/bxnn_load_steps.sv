// bxnn_load_steps: what is loaded, a cycle later; a place counts the words since a set entered, modulo PHASES, and step
// comes with the word of the last phase.
module specification #(
  parameter PHASES = 1,
  parameter WIDTH = 1
) (
  input clk,
  input load_begin,
  input load_write,
  input load_bank,
  input [WIDTH-1:0] load_data,
  input enter
);
  wire begins, write, step;
  wire [$clog2(PHASES):0] place;
  wire [WIDTH-1:0] word;
  proven dut (.*);

  reg known = 0, began, wrote, bank;
  reg [WIDTH-1:0] data;
  reg [31:0] taken = 0; // words since the set entered; without any, since power-up
  always @(posedge clk) begin
    known <= 1;
    {began, wrote, bank, data} <= {load_begin, load_write, load_bank, load_data};
    taken <= enter ? 0 : taken + (known && wrote);
  end
  wire [31:0] phase = taken % PHASES;
  always @* if (known) begin
    assert (begins == began && write == wrote && word == data);
    assert (step == (wrote && phase == PHASES - 1));
    assert (place == (bank << $clog2(PHASES) | phase));
  end
  // Before the first cycle nothing is known of the registers, which must not count then.
  always @* if (!known) assume (!write);
endmodule
