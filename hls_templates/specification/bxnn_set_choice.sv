// bxnn_set_choice: the smaller of tag and SETS - 1 with valid, and what it was with the last valid after that.
module specification #(
  parameter SETS = 2
) (
  input clk,
  input valid,
  input [$clog2(SETS)-1:0] tag
);
  wire [$clog2(SETS)-1:0] weight_set;
  proven dut (.*);

  wire [$clog2(SETS)-1:0] number = tag < SETS ? tag : SETS - 1;
  reg [$clog2(SETS)-1:0] last = 0;
  reg known = 0;
  always @(posedge clk) if (valid) begin
    last <= number;
    known <= 1;
  end
  always @* begin
    if (valid) assert (weight_set == number);
    else if (known) assert (weight_set == last);
  end
endmodule
