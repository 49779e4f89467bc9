"""Back ends: from a scheduled graph to VHDL, and the build folder that holds everything."""
