// bxnn_lookup: row x(lane) of the lane's table. PAGED = 1: two cycles later, if enable was high with x.
module specification #(
  parameter LANES = 1,
  parameter IN_BITS = 1,
  parameter OUT_BITS = 1,
  parameter TABLES = 1,
  parameter [32*LANES-1:0] WHICH = 0,
  parameter PAGED = 0,
  parameter MAX_FANOUT = 0,
  parameter [TABLES*2**IN_BITS*OUT_BITS-1:0] CONTENTS = 0
) (
  input clk,
  input enable,
  input [LANES*IN_BITS-1:0] x
);
  wire [LANES*OUT_BITS-1:0] y;
  proven dut (.*);

  reg enabled = 0, known = 0;
  reg [LANES*IN_BITS-1:0] before, kept;
  wire loads = PAGED ? enabled : enable;
  always @(posedge clk) begin
    enabled <= enable;
    before <= x;
    if (loads) begin
      known <= 1;
      kept <= PAGED ? before : x;
    end
  end

  genvar l;
  for (l = 0; l < LANES; l = l + 1) begin : lane
    localparam TABLE = WHICH[32*l +: 32];
    wire [31:0] row = TABLE * 2**IN_BITS + kept[l*IN_BITS +: IN_BITS];
    wire [TABLES*2**IN_BITS*OUT_BITS-1:0] moved = CONTENTS >> row * OUT_BITS;
    always @* if (known) assert (y[l*OUT_BITS +: OUT_BITS] == moved[OUT_BITS-1:0]);
  end
endmodule
