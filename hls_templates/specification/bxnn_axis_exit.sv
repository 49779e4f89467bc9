// bxnn_axis_exit: results leave in the order of arrival, beat 0 first, the last beat with m_tlast; a beat stays until it
// is taken. From any state it is right after a reset.
module specification #(
  parameter BEATS = 1,
  parameter WIDTH = 1,
  parameter USER_BITS = 1,
  parameter DEPTH = 1
) (
  input clk,
  input rst,
  input valid,
  input [BEATS*WIDTH-1:0] y,
  input [USER_BITS-1:0] user,
  input m_tready
);
  localparam ALL = BEATS * WIDTH + USER_BITS;
  wire freed, m_tvalid, m_tlast;
  wire [WIDTH-1:0] m_tdata;
  wire [USER_BITS-1:0] m_tuser;
  proven dut (.*);

  // Results that have not left, the oldest lowest: they move down.
  reg [(DEPTH+1)*ALL-1:0] queue;
  reg [31:0] waiting = 0, beat = 0;
  reg synced = 0, sends = 0, last, gives = 0;
  reg [WIDTH-1:0] data;
  reg [USER_BITS-1:0] tag;
  wire free = !sends || m_tready;
  wire loads = free && waiting > 0;
  wire leaves = loads && beat == BEATS - 1;
  wire [31:0] place = waiting - leaves;
  wire [(DEPTH+1)*ALL-1:0] moved = leaves ? queue >> ALL : queue;
  wire [(DEPTH+1)*ALL-1:0] hole = {ALL{1'b1}} << place * ALL, added = {user, y} << place * ALL;
  always @* if (valid) assume (waiting < DEPTH);
  always @(posedge clk) begin
    synced <= synced || rst;
    gives <= leaves && !rst;
    if (free) sends <= loads;
    if (loads) begin
      data <= queue >> beat * WIDTH;
      tag <= queue >> BEATS * WIDTH;
      last <= beat == BEATS - 1;
    end
    beat <= rst ? 0 : loads ? (beat + 1) % BEATS : beat;
    waiting <= rst ? 0 : waiting + valid - leaves;
    queue <= valid ? moved & ~hole | added : moved;
    if (rst) sends <= 0;
  end
  always @* if (synced) begin
    assert (m_tvalid == sends);
    assert (freed == gives);
    if (sends) assert (m_tdata == data && m_tuser == tag && m_tlast == last);
  end
endmodule
