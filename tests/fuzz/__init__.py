"""Every reader of files that users name, fed with mutated files."""
