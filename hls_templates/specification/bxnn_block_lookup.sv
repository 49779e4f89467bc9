// bxnn_block_lookup: row x(lane) of the lane's table as of the latest enable, a cycle later, or two if REGISTERED.
module specification #(
  parameter LANES = 1,
  parameter IN_BITS = 1,
  parameter OUT_BITS = 1,
  parameter TABLES = 1,
  parameter [32*LANES-1:0] WHICH = 0,
  parameter REGISTERED = 0,
  parameter [TABLES*2**IN_BITS*OUT_BITS-1:0] CONTENTS = 0
) (
  input clk,
  input enable,
  input [LANES*IN_BITS-1:0] x
);
  wire [LANES*OUT_BITS-1:0] y;
  proven dut (.*);

  reg [1:0] known = 0; // of the latest cycle lowest
  reg [LANES*IN_BITS-1:0] asked, asked_before;
  always @(posedge clk) begin
    known <= {known[0], known[0] || enable};
    if (enable) asked <= x;
    asked_before <= asked;
  end

  genvar l;
  for (l = 0; l < LANES; l = l + 1) begin : lane
    localparam TABLE = WHICH[32*l +: 32];
    wire [IN_BITS-1:0] code = REGISTERED ? asked_before[l*IN_BITS +: IN_BITS] : asked[l*IN_BITS +: IN_BITS];
    wire [31:0] row = TABLE * 2**IN_BITS + code;
    wire [TABLES*2**IN_BITS*OUT_BITS-1:0] moved = CONTENTS >> row * OUT_BITS;
    always @* if (known[REGISTERED]) assert (y[l*OUT_BITS +: OUT_BITS] == moved[OUT_BITS-1:0]);
  end
endmodule
