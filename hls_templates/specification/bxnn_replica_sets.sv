// bxnn_replica_sets: row p of a set in cycle p of an event, row 0 between events; cycle 0 is EARLY cycles after valid, and
// the set is the one of two cycles before. From any state it is right two cycles after a reset or the beginning of an event.
module specification #(
  parameter SETS = 2,
  parameter DEPTH = 1,
  parameter WIDTH = 1,
  parameter EARLY = 0,
  parameter [SETS*DEPTH*WIDTH-1:0] CONTENTS = 0
) (
  input clk,
  input rst,
  input valid,
  input [$clog2(SETS)-1:0] weight_set
);
  wire [WIDTH-1:0] data;
  proven dut (.*);

  // Bit p - 1: there was a valid p cycles ago, and no reset since then. Events are DEPTH cycles apart.
  reg [DEPTH+1:0] ago = 0;
  reg [1:0] synced = 0, clocked = 0;
  reg [$clog2(SETS)-1:0] set = 0, former = 0;
  wire [DEPTH+2:0] all = {ago, valid};
  always @(posedge clk) begin
    ago <= rst ? 0 : all;
    synced <= rst ? 1 : {synced != 0, synced[0] || all[EARLY]};
    clocked <= {clocked, 1'b1};
    set <= weight_set;
    former <= set;
  end
  always @* begin
    assume (weight_set < SETS);
    if (valid) assume ((ago & (1 << DEPTH - 1) - 1) == 0);
  end

  reg [31:0] row;
  integer p;
  always @* begin
    row = 0;
    for (p = 1; p < DEPTH; p = p + 1) if (all[p+EARLY]) row = p;
  end
  wire [SETS*DEPTH*WIDTH-1:0] moved = CONTENTS >> (former * DEPTH + row) * WIDTH;
  always @* if (clocked[1] && (synced[1] || DEPTH == 1)) assert (data == moved[WIDTH-1:0]);
endmodule
