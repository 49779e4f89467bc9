// bxnn_reset_adapter: high while reset is active; if asynchronous, until the second edge without it.
// In this proof, reset changes between edges of the clock, once a cycle at most.
module specification #(
  parameter ACTIVE_LOW = 0,
  parameter ASYNCHRONOUS = 0
) (
  input clk,
  input reset
);
  wire rst;
  proven dut (.*);

  wire active = ACTIVE_LOW ? !reset : reset;
  reg before = 1, long_before = 1, known = 0;
  always @(posedge clk) begin
    before <= active;
    long_before <= before;
    known <= known || active;
  end
  always @* if (ASYNCHRONOUS) begin
    if (known || active) assert (rst == (active || before || long_before));
  end else assert (rst == active);
endmodule
