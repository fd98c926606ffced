"""How long the first line of a request may be."""

from typing import Final

MAX_ADDRESS: Final = 8190
"""Characters of an address that is served: what proxies let through by default."""

MAX_LINE: Final = 1 << 17
"""Characters of an address that is read, to be refused in words."""
