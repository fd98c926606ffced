"""Images that are compressed in tiles: each tile decoded once, and only those that windows need."""
