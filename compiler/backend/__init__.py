"""Back ends: from a scheduled graph to VHDL, HLS C++ and the emulator, and the build folder that holds everything."""
