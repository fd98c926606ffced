"""Tables of tiles that were read, kept for each state of their file.

Opening a compressed map by astropy and reading its tables takes as long as a small job takes for
everything else.
"""

from collections import OrderedDict
from typing import Final

from sptjobs.formats.decoded_maps import FileState
from sptjobs.formats.flat_sky.polarisation_images import ImagePlace
from sptjobs.formats.flat_sky.tiles.tile_table import TileTable

MOST_BYTES: Final = 16 << 20
"""Memory for them."""

_Key = tuple[FileState, ImagePlace]

_kept: OrderedDict[_Key, TileTable] = OrderedDict()


def kept_table(state: FileState, place: ImagePlace) -> TileTable | None:
    """The table of an image of a file in the same state; None where it is not kept."""
    table = _kept.get((state, place))
    if table is not None:
        _kept.move_to_end((state, place))
    return table


def keep_table(state: FileState, place: ImagePlace, table: TileTable) -> None:
    """Keep a table, and forget those that were not asked for lately."""
    _kept.pop((state, place), None)
    _kept[state, place] = table
    size = sum(each.size_bytes for each in _kept.values())
    while size > MOST_BYTES:
        size -= _kept.popitem(last=False)[1].size_bytes
