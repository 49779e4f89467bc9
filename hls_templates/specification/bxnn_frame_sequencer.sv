// bxnn_frame_sequencer: beats are counted from a first; start(s) is a cycle after beat STARTS(s), or as many cycles later
// than the last beat as STARTS(s) is beyond it. From any state it is right after a reset.
module specification #(
  parameter BEATS = 1,
  parameter SEGMENTS = 1,
  parameter LONGEST = 0, // cycles from the last beat to the latest start
  parameter [32*SEGMENTS-1:0] STARTS = 0
) (
  input clk,
  input rst,
  input valid,
  input first
);
  wire accepted, begins, restart, last;
  wire [SEGMENTS-1:0] start;
  proven dut (.*);

  reg [31:0] next = BEATS; // number of the next beat; BEATS: no frame
  wire in_frame = next < BEATS;
  wire taken = valid && (first || in_frame);
  wire [31:0] now = first ? 0 : next;
  wire ending = taken && now == BEATS - 1;
  reg synced = 0, was_taken = 0, was_first = 0, was_lost = 0;
  reg [31:0] was = 0;
  reg [LONGEST+1:0] ends = 0; // the latest lowest
  always @(posedge clk) begin
    synced <= synced || rst;
    next <= rst ? BEATS : taken ? now + 1 : next;
    was <= now;
    was_taken <= taken && !rst;
    was_first <= valid && first && !rst;
    was_lost <= valid && first && in_frame && !rst;
    ends <= rst ? 0 : {ends, ending};
  end
  always @* if (synced) begin
    assert (accepted == was_taken);
    assert (begins == was_first);
    assert (restart == was_lost);
    assert (last == ends[0]);
  end

  genvar s;
  for (s = 0; s < SEGMENTS; s = s + 1) begin : segment
    localparam START = STARTS[32*s +: 32];
    if (START < BEATS) begin
      always @* if (synced) assert (start[s] == (was_taken && was == START));
    end else begin
      always @* if (synced) assert (start[s] == ends[START-BEATS+1]);
    end
  end
endmodule
