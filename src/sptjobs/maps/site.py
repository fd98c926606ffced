"""The bands and kinds of maps of this process's site.

What the ``collection.toml`` of the archive folder declares; what it does not declare is as in
the one of this folder, which is SPT-3G's.
"""

from functools import lru_cache
from pathlib import Path

from sptjobs.maps.declaration import FILE_NAME, kinds_of_table, read_toml
from sptjobs.maps.kinds import MapKinds
from sptjobs.maps.map_error import MapError
from sptjobs.maps.publisher_ids import PublisherIds
from sptjobs.settings import SettingsError

_PACKAGED = Path(__file__).with_name(FILE_NAME)
_declared: list[MapKinds] = []
_authorities: list[str] = ["spt3g"]


def declared() -> MapKinds:
    """Bands and kinds of maps that this process declared, SPT-3G's before it does."""
    return _declared[0] if _declared else packaged_kinds()


def declare(kinds: MapKinds, authority: str | None = None) -> None:
    """Make bands and kinds those of this process, and its maps an IVOA authority's.

    A process does so once, before its first request, as it reads its settings once.
    """
    _declared[:] = [kinds]
    if authority is not None:
        _authorities[:] = [authority]


def publisher_ids() -> PublisherIds:
    """Identifiers of maps as this process's site gives them."""
    return PublisherIds(_authorities[0])


@lru_cache
def packaged_kinds() -> MapKinds:
    """Bands and kinds of maps of SPT-3G."""
    return kinds_of_table(read_toml(_PACKAGED), None)


def declare_site(archive: Path, authority: str | None = None) -> None:
    """Declare what the archive folder of this process's settings declares.

    Raises
    ------
    SettingsError
        Its ``collection.toml`` cannot be read, or declares what cannot be.
    """
    try:
        declare(site_kinds(archive), authority)
    except (MapError, OSError) as error:
        raise SettingsError(f"SPT_ARCHIVE: {archive / FILE_NAME}: {error}") from error


def site_kinds(archive: Path) -> MapKinds:
    """Bands and kinds that an archive folder declares.

    Raises
    ------
    MapError
        Its ``collection.toml`` cannot be read, or declares what cannot be.
    """
    path = archive / FILE_NAME
    if not path.exists():
        return packaged_kinds()
    return kinds_of_table(read_toml(path), packaged_kinds())
