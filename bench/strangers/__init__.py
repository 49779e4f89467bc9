"""Model files as strangers write them: which get in with every bit, and which are refused, and why."""
