// bxnn_weight_rom: row p of CONTENTS in cycle p of an event, row 0 between events; cycle 0 is EARLY cycles after valid.
// With several sets, the set is the one of two cycles before. From any state it is right two cycles after a reset or the
// beginning of an event.
module specification #(
  parameter DEPTH = 1,
  parameter WIDTH = 1,
  parameter COUNTER_REGISTERS = 0,
  parameter READERS = 0,
  parameter EARLY = 0,
  parameter SETS = 1,
  parameter [SETS*DEPTH*WIDTH-1:0] CONTENTS = 0
) (
  input clk,
  input rst,
  input valid,
  input [(SETS > 2 ? $clog2(SETS) : 1)-1:0] weight_set
);
  wire [WIDTH-1:0] data;
  proven dut (.*);

  // Bit p - 1: there was a valid p cycles ago, and no reset since then. Events are DEPTH cycles apart.
  reg [DEPTH+1:0] ago = 0;
  reg [1:0] synced = 0, clocked = 0;
  reg [(SETS > 2 ? $clog2(SETS) : 1)-1:0] set = 0, former = 0;
  wire [DEPTH+2:0] all = {ago, valid};
  always @(posedge clk) begin
    ago <= rst ? 0 : all;
    clocked <= {clocked, 1'b1};
    set <= weight_set;
    former <= set;
    synced <= rst ? 1 : {synced != 0, synced[0] || all[EARLY]};
  end
  always @* begin
    if (valid) assume ((ago & (1 << DEPTH - 1) - 1) == 0);
    if (SETS > 1) assume (weight_set < SETS);
  end

  reg [31:0] row;
  integer p;
  always @* begin
    row = 0;
    for (p = 1; p < DEPTH; p = p + 1) if (all[p+EARLY]) row = p;
  end
  wire [SETS*DEPTH*WIDTH-1:0] moved = CONTENTS >> ((SETS > 1 ? former * DEPTH : 0) + row) * WIDTH;
  always @* if ((clocked[1] || SETS == 1) && (synced[1] || DEPTH == 1)) assert (data == moved[WIDTH-1:0]);
endmodule
