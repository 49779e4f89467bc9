// bxnn_tile_sequencer: the bits of tick t a cycle after the t-th cycle after start, where each of the first ARRIVING ticks
// waits for a beat; a restart ends a sequence that still waits. From any state it is right after a reset.
module specification #(
  parameter TICKS = 1,
  parameter ARRIVING = 0,
  parameter [TICKS-1:0] READS = 0,
  parameter [TICKS-1:0] COMPLETES = 0
) (
  input clk,
  input rst,
  input start,
  input beat,
  input restart
);
  wire first, read, complete;
  proven dut (.*);

  // The tick that comes next; TICKS: none.
  reg synced = 0;
  reg [31:0] next = TICKS;
  wire waits = next < ARRIVING && next < TICKS;
  wire ticks = start || next < TICKS && (!waits || beat && !restart);
  wire [31:0] now = start ? 0 : next;
  reg begins, reads, completes;
  always @(posedge clk) begin
    synced <= synced || rst;
    begins <= start && !rst;
    reads <= ticks && READS[now] && !rst;
    completes <= ticks && COMPLETES[now] && !rst;
    next <= rst ? TICKS : ticks ? now + 1 : waits && restart ? TICKS : next;
  end
  always @* begin
    // A sequence begins when the one before it is over, or has just been lost.
    if (start) assume (next >= TICKS || waits && restart);
    if (synced) begin
      assert (first == begins);
      assert (read == reads);
      assert (complete == completes);
    end
  end
endmodule
