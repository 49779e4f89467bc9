// bxnn_axi_lite: one write and one read under way at a time. A write with all strobes reaches the registers in the cycle
// after its transfer, any other answers SLVERR; a read answers what read_data was in the cycle after its request, in which
// address is that of the request. From any state it is right after a reset.
module specification (
  input clk,
  input rst,
  input [4:0] awaddr,
  input awvalid,
  input [31:0] wdata,
  input [3:0] wstrb,
  input wvalid,
  input bready,
  input [4:0] araddr,
  input arvalid,
  input rready,
  input ready,
  input [31:0] read_data
);
  wire awready, wready, bvalid, arready, rvalid, write;
  wire [1:0] bresp, rresp;
  wire [31:0] rdata, write_data;
  wire [2:0] address;
  proven dut (.*);

  reg synced = 0;
  reg answers = 0, refused; // a write waits for bready
  reg asked = 0, read = 0; // a read was requested; its data waits for rready
  reg passes = 0;
  reg [2:0] place;
  reg [31:0] data, found;
  wire takes = awvalid && wvalid && ready && !answers;
  wire asks = arvalid && !asked && !read && !takes;
  always @(posedge clk) begin
    synced <= synced || rst;
    answers <= !rst && (takes || answers && !bready);
    passes <= !rst && takes && wstrb == 15;
    asked <= !rst && asks;
    read <= !rst && (asked || read && !rready);
    if (takes) refused <= wstrb != 15;
    if (takes) data <= wdata;
    if (takes || asks) place <= (takes ? awaddr : araddr) / 4;
    if (asked) found <= read_data;
  end
  always @* if (synced) begin
    assert (awready == takes && wready == takes && arready == asks);
    assert (bvalid == answers && (!answers || bresp == (refused ? 2 : 0)));
    assert (rvalid == read && (!read || rdata == found && rresp == 0));
    assert (write == passes && (!passes || write_data == data));
    if (passes || asked) assert (address == place);
  end
endmodule
