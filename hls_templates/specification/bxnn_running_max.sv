// bxnn_running_max: the largest of what lane l of x carried in the cycles r * SLOTS + s of an event, for events that are
// at least ROUNDS * SLOTS cycles apart. HELD: all of them until the next event is complete; else one s after another.
module specification #(
  parameter LANES = 1,
  parameter SLOTS = 1,
  parameter ROUNDS = 2,
  parameter BITS = 1,
  parameter SIGNED_CODES = 0,
  parameter HELD = 0
) (
  input clk,
  input rst,
  input valid,
  input [LANES*BITS-1:0] x
);
  localparam ROW = LANES * BITS;
  localparam PHASES = ROUNDS * SLOTS;
  localparam SIGN = SIGNED_CODES ? 1 << BITS - 1 : 0;
  localparam RESULTS = HELD ? SLOTS : 1;
  localparam FIRST = HELD ? PHASES - 1 : (ROUNDS - 1) * SLOTS; // phase before the one in which results leave
  wire y_valid;
  wire [RESULTS*ROW-1:0] y;
  proven dut (.*);

  // Of the latest cycles, the newest highest, like the phases of an event.
  reg [PHASES*ROW-1:0] words;
  wire [PHASES*ROW-1:0] all = {x, words} >> ROW;
  reg [PHASES-1:0] valids = 0; // the newest lowest, none from before a reset
  wire [PHASES:0] all_valids = {valids, valid};
  reg arrived = 0, known = 0;
  wire complete = HELD ? all_valids[PHASES-1] : |all_valids[PHASES-1:FIRST];
  always @(posedge clk) begin
    words <= all;
    valids <= rst ? 0 : all_valids;
    arrived <= all_valids[FIRST] && !rst;
    known <= complete && !rst || HELD && known;
  end
  always @* begin
    if (valid) assume ((valids & (1 << PHASES - 1) - 1) == 0);
    assert (y_valid == arrived);
  end

  genvar n;
  for (n = 0; n < RESULTS * LANES; n = n + 1) begin : window
    reg [BITS-1:0] largest, code;
    reg [BITS-1:0] wanted;
    integer r;
    always @* begin
      // Without HELD, the window of the newest row.
      largest = all >> ((HELD ? 0 : SLOTS - 1) * LANES + n) * BITS;
      for (r = 1; r < ROUNDS; r = r + 1) begin
        code = all >> ((HELD ? r * SLOTS : (r + 1) * SLOTS - 1) * LANES + n) * BITS;
        // With the sign inverted, signed codes are ordered like unsigned ones.
        if ((code ^ SIGN) > (largest ^ SIGN)) largest = code;
      end
    end
    always @(posedge clk) if (complete || !HELD) wanted <= largest;
    always @* if (known) assert (y[n*BITS +: BITS] == wanted);
  end
endmodule
