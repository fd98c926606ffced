"""The control worker's loops: sweep, orphaned packs, purge."""
