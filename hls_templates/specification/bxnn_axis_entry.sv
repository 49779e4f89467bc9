// bxnn_axis_entry: an event is BEATS transfers, the last and only the last with s_tlast; one is admitted if fewer than
// DEPTH are without their place freed, SPACING cycles after the one before. From any state it is right after a reset.
module specification #(
  parameter BEATS = 1,
  parameter WIDTH = 1,
  parameter USER_BITS = 1,
  parameter SPACING = 1,
  parameter DEPTH = 1
) (
  input clk,
  input rst,
  input s_tvalid,
  input [WIDTH-1:0] s_tdata,
  input s_tlast,
  input [USER_BITS-1:0] s_tuser,
  input freed
);
  wire s_tready, misaligned, valid;
  wire [BEATS*WIDTH-1:0] x;
  wire [USER_BITS-1:0] user;
  proven dut (.*);

  reg synced = 0, known = 0, event_before = 0, error_before = 0;
  reg [31:0] transfers = 0; // of this frame
  reg [31:0] since = SPACING; // cycles since the last event, or more
  reg [31:0] pending = 0; // events whose places are taken
  reg [(BEATS+1)*WIDTH-1:0] seen;
  wire [(BEATS+1)*WIDTH-1:0] now_seen = {s_tdata, seen} >> WIDTH; // the latest transfer highest
  reg [BEATS*WIDTH-1:0] wanted;
  reg [USER_BITS-1:0] wanted_user;
  wire completes = transfers == BEATS - 1;
  wire ready = !rst && !(completes && (pending >= DEPTH || since < SPACING));
  wire moves = s_tvalid && ready;
  wire enters = moves && completes && s_tlast;
  wire wrong = moves && (completes && !s_tlast || transfers < BEATS - 1 && s_tlast);
  always @* if (freed) assume (pending > 0);
  always @(posedge clk) begin
    synced <= synced || rst;
    event_before <= enters;
    error_before <= wrong;
    transfers <= rst || moves && s_tlast ? 0 : moves && transfers < BEATS ? transfers + 1 : transfers;
    since <= rst ? SPACING : enters ? 1 : since < SPACING ? since + 1 : since;
    pending <= rst ? 0 : pending + enters - freed;
    if (moves) seen <= now_seen;
    if (enters) begin
      known <= 1;
      wanted <= now_seen >> WIDTH;
      wanted_user <= s_tuser;
    end
    if (rst && !synced) known <= 0;
  end
  always @* if (synced) begin
    assert (s_tready == ready);
    assert (valid == event_before);
    assert (misaligned == error_before);
    if (known) assert (x == wanted && user == wanted_user);
  end
endmodule
