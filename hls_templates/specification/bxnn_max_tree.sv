// bxnn_max_tree: the first of the largest elements of every window. HELD: it stays until that of the next event.
module specification #(
  parameter INPUTS = 1,
  parameter OUTPUTS = 1,
  parameter WINDOW = 1,
  parameter BITS = 1,
  parameter TAG_BITS = 0,
  parameter SIGNED_CODES = 0,
  parameter HELD = 1,
  parameter LEVELS_PER_STAGE = 1,
  parameter [32*OUTPUTS*WINDOW-1:0] TAPS = 0
) (
  input clk,
  input rst,
  input valid,
  input [INPUTS*BITS-1:0] x
);
  localparam STAGES = ($clog2(WINDOW) + LEVELS_PER_STAGE - 1) / LEVELS_PER_STAGE;
  localparam BEFORE = STAGES > 1 ? STAGES - 1 : 0; // cycles before the last register
  localparam SIGN = SIGNED_CODES ? 1 << BITS - TAG_BITS - 1 : 0;
  wire y_valid;
  wire [OUTPUTS*BITS-1:0] y;
  proven dut (.*);

  reg [BEFORE:0] valids = 0;
  reg arrived = 0, known = 0;
  wire [BEFORE+1:0] all_valids = {valids, valid};
  wire loads = all_valids[BEFORE];
  reg [7:0] cycles = 0;
  always @(posedge clk) begin
    valids <= rst ? 0 : all_valids;
    arrived <= loads && !rst;
    if (cycles <= BEFORE) cycles <= cycles + 1;
    if (HELD ? loads : cycles >= BEFORE) known <= 1;
  end
  always @* assert (y_valid == arrived);

  genvar o;
  for (o = 0; o < OUTPUTS; o = o + 1) begin : window
    reg [BITS-1:0] best, element;
    integer k;
    always @* begin
      best = x >> TAPS[32*o*WINDOW +: 32] * BITS;
      for (k = 1; k < WINDOW; k = k + 1)
        if (!TAPS[32*(o*WINDOW+k)+31]) begin
          element = x >> TAPS[32*(o*WINDOW+k) +: 32] * BITS;
          // With the sign inverted, signed codes are ordered like unsigned ones.
          if ((element >> TAG_BITS ^ SIGN) > (best >> TAG_BITS ^ SIGN)) best = element;
        end
    end
    reg [BEFORE*BITS:0] earlier;
    wire [(BEFORE+1)*BITS:0] all = {earlier, best};
    reg [BITS-1:0] wanted;
    always @(posedge clk) begin
      earlier <= all;
      if (loads || !HELD) wanted <= all[BEFORE*BITS +: BITS];
    end
    always @* if (known) assert (y[o*BITS +: BITS] == wanted);
  end
endmodule
