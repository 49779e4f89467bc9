// bxnn_replica_place: the set of the cycle before, above the phase of the next cycle, which is 0 between events; cycle 0 is
// EARLY cycles after valid. From any state it is right in the cycle after a reset or the beginning of an event.
module specification #(
  parameter SETS = 2,
  parameter DEPTH = 1,
  parameter EARLY = 0
) (
  input clk,
  input rst,
  input valid,
  input [$clog2(SETS)-1:0] weight_set
);
  localparam BITS = DEPTH > 1 ? $clog2(DEPTH) : 0;
  wire [$clog2(SETS)+BITS-1:0] place;
  proven dut (.*);

  // Bit p - 1: there was a valid p cycles ago, and no reset since then. Events are DEPTH cycles apart.
  reg [DEPTH+1:0] ago = 0;
  reg synced = 0, clocked = 0;
  reg [$clog2(SETS)-1:0] set = 0;
  wire [DEPTH+2:0] all = {ago, valid};
  always @(posedge clk) begin
    ago <= rst ? 0 : all;
    synced <= rst || synced || all[EARLY];
    clocked <= 1;
    set <= weight_set;
  end
  always @* if (valid) assume ((ago & (1 << DEPTH - 1) - 1) == 0);

  reg [31:0] row;
  integer p;
  always @* begin
    row = 0;
    for (p = 0; p < DEPTH - 1; p = p + 1) if (all[p+EARLY]) row = p + 1;
    if (clocked) assert (place >> BITS == set);
    if (synced) assert ((place & (1 << BITS) - 1) == row);
  end
endmodule
