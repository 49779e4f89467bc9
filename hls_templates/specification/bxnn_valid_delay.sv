// bxnn_valid_delay: valid of CYCLES cycles ago, unless there was a reset since then.
module specification #(
  parameter CYCLES = 0
) (
  input clk,
  input rst,
  input valid
);
  wire y_valid;
  proven dut (.*);

  // What has been seen, the latest lowest, and whether a reset makes it known that nothing is on its way.
  reg [CYCLES:0] valids = 0, resets = 0;
  reg known = 0;
  wire [CYCLES+1:0] all_valids = {valids, valid}, all_resets = {resets, rst};
  always @(posedge clk) begin
    valids <= all_valids;
    resets <= all_resets;
    known <= known || rst;
  end
  // (all_resets >> 1) is about the cycles before this one: an event and a reset in one cycle are no event.
  wire lost = (all_resets >> 1 & ((1 << CYCLES) - 1)) != 0;
  always @* if (known || CYCLES == 0) assert (y_valid == (all_valids[CYCLES] && !lost));
endmodule
