// bxnn_spacing_check: the cycle after a start that came less than CYCLES cycles after a last.
module specification #(
  parameter CYCLES = 1
) (
  input clk,
  input rst,
  input start,
  input last
);
  wire too_close;
  proven dut (.*);

  reg [CYCLES:0] lasts = 0; // the latest lowest, none from before a reset
  reg [CYCLES:0] cycles = 0;
  reg wanted, known = 0;
  always @(posedge clk) begin
    lasts <= rst ? 0 : {lasts, last};
    cycles <= rst ? ~0 : {cycles, 1'b1};
    wanted <= start && !rst && (lasts & (1 << CYCLES - 1) - 1) != 0;
    known <= cycles[CYCLES-1];
  end
  always @* if (known) assert (too_close == wanted);
endmodule
