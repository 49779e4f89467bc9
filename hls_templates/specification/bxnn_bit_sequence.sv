// bxnn_bit_sequence: after step n, the bit of step n + 1, 0 after the last; steps are counted from a restart.
module specification #(
  parameter STEPS = 1,
  parameter [STEPS-1:0] BITS = 0
) (
  input clk,
  input restart,
  input step,
  input [31:0] any
);
  localparam W = STEPS > 2 ? $clog2(STEPS) : 1;
  wire ahead;
  reg [W:0] next = 0;
  reg known = 0;
  // The number of the step; with a restart, whatever was counted before it.
  wire [W-1:0] number = restart ? any : next;
  proven dut (.*);

  always @(posedge clk) begin
    known <= known || restart;
    if (restart) next <= 1;
    else if (step) next <= next + 1;
  end
  always @* begin
    if (step && !restart) assume (known && next < STEPS);
    if (known) assert (ahead == (next < STEPS && BITS >> next & 1));
  end
endmodule
