// bxnn_cyclic_counter: the number of steps since restart, modulo COUNT. From any state it is right as soon as there was
// a restart or a reset.
module specification #(
  parameter COUNT = 1
) (
  input clk,
  input rst,
  input restart,
  input step
);
  localparam W = COUNT > 2 ? $clog2(COUNT) : 1;
  wire [W-1:0] value;
  wire ends;
  proven dut (.*);

  reg synced = 0;
  reg [31:0] steps = 0;
  wire [31:0] now = restart ? 0 : steps;
  always @(posedge clk) begin
    synced <= synced || restart || rst;
    steps <= rst ? 0 : (now + step) % COUNT;
  end
  always @* if (synced || restart || COUNT == 1) begin
    assert (value == now);
    assert (ends == (now == COUNT - 1));
  end
  // What the induction is about: a counter that is known counts steps of a round.
  always @* assert (steps < COUNT);
endmodule
