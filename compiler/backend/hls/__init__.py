"""The HLS C++ back end and the emulator derived from it."""
