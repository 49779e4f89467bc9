"""The VHDL back end."""
