// bxnn_parallel_to_serial: elements p * LANES .. p * LANES + LANES - 1 of the event in cycle p + 1. The event stays for
// PHASES cycles, and the next one begins no earlier.
module specification #(
  parameter INPUTS = 1,
  parameter LANES = 1,
  parameter PHASES = 1,
  parameter BITS = 1,
  parameter MAX_FANOUT = 0
) (
  input clk,
  input rst,
  input valid,
  input [INPUTS*BITS-1:0] x
);
  localparam ROW = LANES * BITS;
  wire y_valid;
  wire [ROW-1:0] y;
  proven dut (.*);

  // Bit p: valid was high p cycles before the latest cycle.
  reg [PHASES-1:0] ago = 0;
  reg [INPUTS*BITS-1:0] before;
  always @(posedge clk) begin
    ago <= rst ? 0 : {ago, valid};
    before <= x;
  end
  always @* if ((ago & (1 << PHASES - 1) - 1) != 0) begin
    assume (x == before);
    assume (!valid);
  end
  always @* assert (y_valid == ago[0]);

  genvar p;
  for (p = 0; p < PHASES; p = p + 1) begin : phase
    always @* if (ago[p]) assert (y == before[p*ROW +: ROW]);
  end
endmodule
