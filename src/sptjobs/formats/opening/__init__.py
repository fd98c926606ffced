"""Which format a map file is in, and opening maps of any format."""
