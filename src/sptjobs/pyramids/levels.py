"""The levels of detail of a map: from one tile for all of it to its own pixels.

Level 0 is the coarsest. Each further level halves the pixels' sides, and the last one has the
map's own. A pixel of a coarser level is a square of map pixels that begins at pixel (0, 0).
Tiles are counted from there as well: tile (x, y) begins at column 256 x and row 256 y.
"""

from dataclasses import dataclass
from typing import Self

TILE_SIDE = 256
"""Pixels along a side of a tile; those beyond the map's edge are unobserved."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels of a map.

    Attributes
    ----------
    width, height
        Of the map [pixel].
    """

    width: int
    height: int

    @classmethod
    def of(cls, shape: tuple[int, int]) -> Self:
        """Levels of a map of ``shape`` (ny, nx)."""
        return cls(shape[1], shape[0])

    @property
    def count(self) -> int:
        """Number of levels."""
        return 1 + (_tiles(max(self.width, self.height)) - 1).bit_length()

    def factor(self, level: int) -> int:
        """Map pixels along the side of a level's pixel."""
        return 1 << (self.count - 1 - level)

    def size(self, level: int) -> tuple[int, int]:
        """Pixels across and up at a level."""
        factor = self.factor(level)
        return -(-self.width // factor), -(-self.height // factor)

    def tiles(self, level: int) -> tuple[int, int]:
        """Tiles across and up at a level."""
        across, up = self.size(level)
        return _tiles(across), _tiles(up)

    def holds(self, level: int, x: int, y: int) -> bool:
        """Whether there is such a tile."""
        if not 0 <= level < self.count:
            return False
        across, up = self.tiles(level)
        return 0 <= x < across and 0 <= y < up

    def number(self, level: int, x: int, y: int) -> int:
        """Number of a tile of a coarser level than the last, counted from the coarsest."""
        before = sum(across * up for across, up in map(self.tiles, range(level)))
        return before + y * self.tiles(level)[0] + x

    @property
    def coarse_tiles(self) -> int:
        """Number of the tiles of all levels but the last."""
        return self.number(self.count - 1, 0, 0)


def _tiles(pixels: int) -> int:
    return -(-pixels // TILE_SIDE)
