// bxnn_thresholds_reached: for every lane and threshold of its row whether the code reaches it; 0 if every code does.
// REGISTERED = 1: a cycle later.
module specification #(
  parameter LANES = 1,
  parameter IN_BITS = 1,
  parameter IN_SIGNED = 0,
  parameter ROWS = 1,
  parameter [32*LANES-1:0] ROW_OF = 0,
  parameter STEPS = 1,
  parameter [ROWS*STEPS*(IN_BITS+2)-1:0] THRESHOLDS = 0,
  parameter REGISTERED = 0
) (
  input clk,
  input [LANES*IN_BITS-1:0] x
);
  wire [LANES*STEPS-1:0] y;
  proven dut (.*);

  reg known = 0;
  reg [LANES*IN_BITS-1:0] before;
  wire [LANES*IN_BITS-1:0] shown = REGISTERED ? before : x;
  always @(posedge clk) begin
    known <= 1;
    before <= x;
  end

  localparam signed [31:0] LOWEST = IN_SIGNED ? -(2 ** (IN_BITS - 1)) : 0;

  genvar l, k;
  for (l = 0; l < LANES; l = l + 1) begin : lane
    localparam ROW = ROW_OF[32*l +: 32];
    wire [IN_BITS-1:0] code = shown[l*IN_BITS +: IN_BITS];
    wire signed [31:0] value = IN_SIGNED ? $signed(code) : $signed({1'b0, code});
    for (k = 0; k < STEPS; k = k + 1) begin : step
      localparam signed [IN_BITS+1:0] THRESHOLD = THRESHOLDS[(ROW*STEPS+k)*(IN_BITS+2) +: IN_BITS+2];
      wire wanted = value >= THRESHOLD && THRESHOLD > LOWEST;
      always @* if (known || !REGISTERED) assert (y[l*STEPS+k] == wanted);
    end
  end
endmodule
