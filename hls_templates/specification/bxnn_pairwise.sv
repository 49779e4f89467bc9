// bxnn_pairwise: a - b, the larger or the smaller of two codes, one cycle later.
module specification #(
  parameter LANES = 1,
  parameter BITS = 1,
  parameter SIGNED_CODES = 0,
  parameter OPERATION = "SUBTRACT"
) (
  input clk,
  input [LANES*BITS-1:0] a,
  input [LANES*BITS-1:0] b
);
  wire [LANES*BITS-1:0] y;
  proven dut (.*);

  reg known = 0;
  reg [LANES*BITS-1:0] a1, b1;
  always @(posedge clk) begin
    known <= 1;
    a1 <= a;
    b1 <= b;
  end

  genvar l;
  for (l = 0; l < LANES; l = l + 1) begin : lane
    wire [BITS-1:0] p = a1[l*BITS +: BITS], q = b1[l*BITS +: BITS];
    wire a_less = SIGNED_CODES ? $signed(p) < $signed(q) : p < q;
    wire [BITS-1:0] wanted = OPERATION == "SUBTRACT" ? p - q : a_less == (OPERATION == "MAXIMUM") ? q : p;
    always @* if (known) assert (y[l*BITS +: BITS] == wanted);
  end
endmodule
