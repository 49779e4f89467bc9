"""The streaming form in hardware: tiles cut from an image, and the entities around them, one class each."""
