// bxnn_phase_sequencer: tap 0 is p in the p-th cycle after the latest valid (p < PHASES), else 0; tap k is what tap 0 was
// k cycles before. From any state it is right as soon as there was a valid or a reset.
module specification #(
  parameter PHASES = 1,
  parameter TAPS = 1,
  parameter COPIES = 1
) (
  input clk,
  input rst,
  input valid
);
  localparam W = PHASES > 2 ? $clog2(PHASES) : 1;
  wire [COPIES*TAPS*W-1:0] phase;
  wire [COPIES*TAPS-1:0] tap_valid;
  proven dut (.*);

  // Bit p - 1: there was a valid p cycles ago, and no reset since then.
  reg [PHASES:0] ago = 0;
  reg synced = 0;
  reg [W-1:0] now;
  integer p;
  always @* begin
    now = 0;
    for (p = PHASES - 1; p > 0; p = p - 1) if (ago[p-1]) now = p;
  end

  // Of the latest cycles, the newest lowest: | whether the phase is known | phase |, and valid.
  reg [TAPS*(W+1):0] phases = 0;
  reg [TAPS:0] valids = 0;
  wire [(TAPS+1)*(W+1):0] all_phases = {phases, synced || PHASES == 1, now};
  wire [TAPS+1:0] all_valids = {valids, valid};
  reg [TAPS:0] cycles = 0;
  always @(posedge clk) begin
    ago <= rst ? 0 : {ago, valid};
    synced <= synced || rst || valid;
    phases <= all_phases;
    valids <= rst ? 0 : all_valids;
    cycles <= rst ? ~0 : {cycles, 1'b1};
  end

  genvar c, k;
  for (c = 0; c < COPIES; c = c + 1) begin : copy
    for (k = 0; k < TAPS; k = k + 1) begin : tap
      always @* begin
        if (all_phases[k*(W+1) + W]) assert (phase[(c*TAPS+k)*W +: W] == all_phases[k*(W+1) +: W]);
        if (k == 0 || cycles[k-1]) assert (tap_valid[c*TAPS+k] == all_valids[k]);
      end
    end
  end
endmodule
