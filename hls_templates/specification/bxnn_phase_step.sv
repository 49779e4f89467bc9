// bxnn_phase_step: 1 with restart, 0 after phase 0 and the last one, else the next number.
module specification #(
  parameter PHASES = 33
) (
  input [$clog2(PHASES)-1:0] now,
  input restart
);
  wire [$clog2(PHASES)-1:0] upcoming;
  proven dut (.*);

  wire [$clog2(PHASES)-1:0] following = now + 1;
  always @* assert (upcoming == (restart ? 1 : now == 0 || now == PHASES - 1 ? 0 : following));
endmodule
