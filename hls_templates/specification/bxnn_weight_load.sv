// bxnn_weight_load: words go, in order, to the bank that events do not use; when all have come, a switch lets events use it,
// three cycles later, and no word is taken for DRAIN cycles.
module specification #(
  parameter WORDS = 1,
  parameter DRAIN = 1,
  parameter WIDTH = 1,
  parameter [31:0] LAYOUT = 0
) (
  input clk,
  input write,
  input [2:0] address,
  input [31:0] write_data
);
  wire ready, load_begin, load_enter, load_write, load_bank, select_bank;
  wire [31:0] read_data;
  wire [WIDTH-1:0] load_data;
  proven dut (.*);

  reg [31:0] count = WORDS, drains = 0;
  reg used = 0, error = 0; // the bank of events
  reg [3:1] used_ago = 0; // the same one to three cycles ago
  reg [2:1] began = 0;
  reg wrote = 0;
  reg [WIDTH-1:0] data;
  wire takes = write && drains == 0;
  wire control = takes && address == 0, word = takes && address == 1;
  wire begins = control && write_data[0], switches = control && !begins && write_data[1];
  wire full = count == WORDS;
  always @(posedge clk) begin
    used_ago <= {used_ago, used};
    began <= {began, begins};
    wrote <= word && !full;
    data <= write_data;
    count <= begins ? 0 : count + (word && !full);
    error <= !begins && (error || (word && full) || (switches && !full));
    used <= used ^ (switches && full);
    drains <= switches && full ? DRAIN : drains - (drains != 0);
  end
  always @* begin
    assert (ready == (drains == 0) && select_bank == used_ago[3]);
    assert (load_begin == began[1] && load_enter == began[2] && load_write == wrote);
    if (wrote) assert (load_data == data && load_bank != used_ago[1]);
    assert (read_data == (address == 2 ? {used, 5'b0, error, full, ready} : address == 3 ? count :
                          address == 4 ? WORDS : address == 5 ? LAYOUT : 0));
  end
endmodule
