// bxnn_serial_to_parallel: what x carried in the PHASES cycles from valid on, phase 0 lowest, until the next event is
// complete.
module specification #(
  parameter LANES = 1,
  parameter PHASES = 1,
  parameter BITS = 1
) (
  input clk,
  input rst,
  input valid,
  input [LANES*BITS-1:0] x
);
  localparam ROW = LANES * BITS;
  wire y_valid;
  wire [PHASES*ROW-1:0] y;
  proven dut (.*);

  // Of the latest cycles, the newest highest, like the phases of an event.
  reg [PHASES*ROW-1:0] words;
  reg [PHASES-1:0] valids = 0;
  wire [PHASES*ROW-1:0] all = {x, words} >> ROW;
  wire [PHASES:0] all_valids = {valids, valid};
  reg arrived = 0, known = 0;
  reg [PHASES*ROW-1:0] wanted;
  always @(posedge clk) begin
    words <= all;
    valids <= rst ? 0 : all_valids;
    arrived <= all_valids[PHASES-1] && !rst;
    if (all_valids[PHASES-1]) begin
      known <= 1;
      wanted <= all;
    end
  end
  always @* begin
    assert (y_valid == arrived);
    if (known) assert (y == wanted);
  end
endmodule
