"""All readers of files that users name, fed with mutated files."""
