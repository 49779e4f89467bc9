// bxnn_ipbus: a strobe is answered once. A write waits for the registers and reaches them with ack, in the next cycle; a read
// is answered in the cycle after that in which address is its own, with what read_data was then. From any state it is right
// after a reset.
module specification (
  input clk,
  input rst,
  input [31:0] ipb_addr,
  input [31:0] ipb_wdata,
  input ipb_strobe,
  input ipb_write,
  input ready,
  input [31:0] read_data
);
  wire [31:0] ipb_rdata, write_data;
  wire ipb_ack, ipb_err, write;
  wire [2:0] address;
  proven dut (.*);

  reg synced = 0;
  reg wrote = 0, asked = 0, answers = 0; // the request of the cycle before; a read whose data has come
  reg [2:0] place;
  reg [31:0] data, found;
  wire free = !wrote && !asked && !answers;
  wire takes = ipb_strobe && free && (ready || !ipb_write);
  always @(posedge clk) begin
    synced <= synced || rst;
    wrote <= !rst && takes && ipb_write;
    asked <= !rst && takes && !ipb_write;
    answers <= !rst && asked;
    if (takes) {place, data} <= {ipb_addr[2:0], ipb_wdata};
    if (asked) found <= read_data;
  end
  always @* if (synced) begin
    assert (!ipb_err && ipb_ack == (wrote || answers));
    assert (write == wrote && (!wrote || write_data == data));
    if (wrote || asked) assert (address == place);
    if (answers) assert (ipb_rdata == found);
  end
endmodule
