"""The one error of map files."""


class MapError(Exception):
    """A file is not a map that can be used; the message says why, without the server's paths."""
