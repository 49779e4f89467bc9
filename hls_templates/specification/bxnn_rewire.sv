// bxnn_rewire: y(o) is the element of x that ELEMENTS names for it, or zero.
module specification #(
  parameter INPUTS = 1,
  parameter OUTPUTS = 1,
  parameter BITS = 1,
  parameter [32*OUTPUTS-1:0] ELEMENTS = 0
) (
  input [INPUTS*BITS-1:0] x
);
  wire [OUTPUTS*BITS-1:0] y;
  proven dut (.*);

  genvar o;
  for (o = 0; o < OUTPUTS; o = o + 1) begin : element
    localparam signed [31:0] SOURCE = ELEMENTS[32*o +: 32];
    always @* assert (y[o*BITS +: BITS] == (SOURCE < 0 ? 0 : x >> SOURCE * BITS) % (1 << BITS));
  end
endmodule
