"""Making the tiles of a map: the one part of pyramids that reads maps."""
