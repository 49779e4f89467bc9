"""lwtnn JSON files."""
