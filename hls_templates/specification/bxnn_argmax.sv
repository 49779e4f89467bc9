// bxnn_argmax: the lowest index of a largest element; it stays until that of the next event.
module specification #(
  parameter INPUTS = 1,
  parameter BITS = 1,
  parameter SIGNED_CODES = 0,
  parameter INDEX_BITS = 1,
  parameter LEVELS_PER_STAGE = 1
) (
  input clk,
  input rst,
  input valid,
  input [INPUTS*BITS-1:0] x
);
  localparam STAGES = ($clog2(INPUTS) + LEVELS_PER_STAGE - 1) / LEVELS_PER_STAGE;
  localparam BEFORE = STAGES > 1 ? STAGES - 1 : 0; // cycles before the last register
  wire y_valid;
  wire [INDEX_BITS-1:0] y;
  proven dut (.*);

  // i is the answer if it beats all before it and no later one beats it.
  reg [INDEX_BITS-1:0] index;
  reg answers;
  reg signed [BITS:0] own, other;
  integer i, j;
  always @* begin
    index = 0;
    for (i = 0; i < INPUTS; i = i + 1) begin
      own = {SIGNED_CODES && x[i*BITS+BITS-1], x[i*BITS +: BITS]};
      answers = 1;
      for (j = 0; j < INPUTS; j = j + 1) begin
        other = {SIGNED_CODES && x[j*BITS+BITS-1], x[j*BITS +: BITS]};
        if (j < i ? own <= other : own < other) answers = 0;
      end
      if (answers) index = i;
    end
  end

  reg [BEFORE:0] valids = 0;
  reg [BEFORE*INDEX_BITS:0] earlier;
  reg arrived = 0, known = 0;
  reg [INDEX_BITS-1:0] wanted;
  wire [BEFORE+1:0] all_valids = {valids, valid};
  wire [(BEFORE+1)*INDEX_BITS:0] all = {earlier, index};
  always @(posedge clk) begin
    valids <= rst ? 0 : all_valids;
    arrived <= all_valids[BEFORE] && !rst;
    earlier <= all;
    if (all_valids[BEFORE]) begin
      known <= 1;
      wanted <= all[BEFORE*INDEX_BITS +: INDEX_BITS];
    end
  end
  always @* begin
    assert (y_valid == arrived);
    if (known) assert (y == wanted);
  end
endmodule
