// bxnn_valid_copies: every copy is valid of CYCLES cycles ago, unless there was a reset since then.
module specification #(
  parameter CYCLES = 1,
  parameter COPIES = 1,
  parameter MAX_FANOUT = 1
) (
  input clk,
  input rst,
  input valid
);
  wire [COPIES-1:0] y;
  proven dut (.*);

  // Of the latest cycles, the newest lowest.
  reg [CYCLES-1:0] valids = 0, clocked = 0;
  always @(posedge clk) begin
    valids <= rst ? 0 : {valids, valid};
    clocked <= rst ? ~0 : {clocked, 1'b1};
  end
  always @* if (clocked[CYCLES-1]) assert (y == {COPIES{valids[CYCLES-1]}});
endmodule
