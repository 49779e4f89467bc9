"""The HLS C++ back end and the emulator made of it."""
