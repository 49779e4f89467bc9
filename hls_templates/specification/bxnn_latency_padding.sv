// bxnn_latency_padding: an event of CYCLES cycles ago, unless there was a reset since then. Events are SPACING cycles
// apart; HELD: each stays for CYCLES cycles.
module specification #(
  parameter WIDTH = 1,
  parameter CYCLES = 1,
  parameter SPACING = 1,
  parameter HELD = 0
) (
  input clk,
  input rst,
  input valid,
  input [WIDTH-1:0] x
);
  localparam LONGEST = CYCLES + SPACING;
  wire y_valid;
  wire [WIDTH-1:0] y;
  proven dut (.*);

  // Of the latest cycles, the newest lowest; spaced ignores resets, which do not make x come earlier.
  reg [LONGEST:0] valids = 0, spaced = 0;
  reg [LONGEST*WIDTH:0] words;
  wire [LONGEST+1:0] all_valids = {valids, valid};
  wire [(LONGEST+1)*WIDTH:0] all = {words, x};
  always @(posedge clk) begin
    valids <= rst ? 0 : all_valids;
    spaced <= {spaced, valid};
    words <= all;
  end
  always @* begin
    if (valid) assume ((spaced & (1 << SPACING - 1) - 1) == 0);
    if (HELD && (spaced & (1 << CYCLES) - 1) != 0) assume (x == words[WIDTH-1:0]);
  end
  always @* begin
    assert (y_valid == all_valids[CYCLES]);
    if (y_valid) assert (y == all[CYCLES*WIDTH +: WIDTH]);
  end
endmodule
