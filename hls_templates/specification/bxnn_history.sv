// bxnn_history: the last DEPTH samples of the sample's channel, zero where there are none since a reset or a gap.
// From any state it is right after a reset.
module specification #(
  parameter CHANNELS = 1,
  parameter DEPTH = 2,
  parameter WIDTH = 1
) (
  input clk,
  input rst,
  input in_valid,
  input in_gap,
  input [(CHANNELS > 2 ? $clog2(CHANNELS) : 1)-1:0] in_tag,
  input [WIDTH-1:0] in_data
);
  localparam TAG = CHANNELS > 2 ? $clog2(CHANNELS) : 1;
  wire out_valid, out_filling;
  wire [TAG-1:0] out_tag;
  wire [DEPTH*WIDTH-1:0] out_data;
  proven dut (.*);

  // A sample is there or not; a window with one that is not is filling.
  reg [DEPTH*WIDTH-1:0] samples [0:2**TAG-1];
  reg [DEPTH-1:0] there [0:2**TAG-1];
  reg [DEPTH*WIDTH-1:0] window, wanted;
  reg [DEPTH-1:0] filled;
  reg synced = 0, valid = 0, filling;
  reg [TAG-1:0] tag;
  always @* begin
    window = {in_data, (in_gap ? {DEPTH*WIDTH{1'b0}} : samples[in_tag])} >> WIDTH;
    filled = {1'b1, (in_gap ? {DEPTH{1'b0}} : there[in_tag])} >> 1;
    assume (in_tag < CHANNELS);
  end
  integer c;
  always @(posedge clk) begin
    synced <= synced || rst;
    valid <= in_valid && !rst;
    tag <= in_tag;
    wanted <= window;
    filling <= filled != (1 << DEPTH) - 1;
    for (c = 0; c < CHANNELS; c = c + 1)
      if (rst) begin
        samples[c] <= 0;
        there[c] <= 0;
      end else if (in_valid && in_tag == c) begin
        samples[c] <= window;
        there[c] <= filled;
      end
  end
  always @* if (synced) begin
    assert (out_valid == valid);
    if (valid) begin
      assert (out_tag == tag);
      assert (out_data == wanted);
      assert (out_filling == filling);
    end
  end
endmodule
