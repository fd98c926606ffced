"""The catalogues of objects that the operator has laid in a folder, read anew as they change."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sptjobs.sky_catalogues.catalogue_table import RefusedCatalogue, read_catalogue
from sptjobs.sky_catalogues.description import NAME, SUFFIX
from sptjobs.sky_catalogues.sky_catalogue import SkyCatalogue
from sptjobs.uws.errors import ServiceError, UnknownResultError

_log = logging.getLogger(__name__)

MAX_CATALOGUES: Final = 64
_MAX_BYTES: Final = 128 << 20
"""Memory of all catalogues together; what comes later by name is refused."""

_MAX_FILES = 1000
_FRESH_S = 5.0
_AGAIN_S = 300.0
"""After this time a catalogue is tried again whose reading failed for want of time or memory."""
_TIMEOUT_S = 10.0
"""A request waits so long for what is read anew, and then takes what there is."""
_FIRST_TIMEOUT_S = 60.0
"""The same where nothing has been read yet."""

Stamp = tuple[tuple[str, int, int], ...]
"""Names, times of change and sizes of files."""

CallApart = Callable[[Callable[..., Any], Path, str], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class CatalogueState:
    """What became of a catalogue.

    Attributes
    ----------
    catalogue, reason
        The one that was read, or why it cannot be shown.
    stamp
        Of the folder, when it was read.
    again_at
        When to try again, though nothing has changed; monotonic [s].
    """

    name: str
    catalogue: SkyCatalogue | None
    reason: str | None
    stamp: Stamp
    again_at: float = float("inf")


class SkyCatalogues:
    """Gives the catalogues of a folder.

    A broken one is left out, and says why in the log and to operators; while one is read anew,
    the one before is given.

    Parameters
    ----------
    folder
        None for none.
    read
        Calls a function in a reading process.
    max_bytes
        Memory that they may take.
    """

    def __init__(self, folder: Path | None, read: CallApart, max_bytes: int = _MAX_BYTES) -> None:
        self._folder, self._read, self._max_bytes = folder, read, max_bytes
        self._states: dict[str, CatalogueState] = {}
        self._folder_reason: str | None = None
        self._checked_at: float | None = None
        self._refreshing: asyncio.Task[None] | None = None

    async def states(self) -> list[CatalogueState]:
        """Every catalogue of the folder, those that cannot be shown too, by name."""
        if self._folder is not None and not self._is_fresh():
            if self._refreshing is None:
                self._refreshing = asyncio.create_task(self._refresh(self._folder))
            timeout_s = _FIRST_TIMEOUT_S if self._checked_at is None else _TIMEOUT_S
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await asyncio.shield(self._refreshing)
        folder = [] if self._folder_reason is None else [
            CatalogueState("", None, self._folder_reason, ())
        ]  # fmt: skip
        return folder + [self._states[name] for name in sorted(self._states)]

    async def shown(self) -> list[SkyCatalogue]:
        """The catalogues that can be shown."""
        return [each.catalogue for each in await self.states() if each.catalogue is not None]

    async def catalogue(self, name: str) -> SkyCatalogue:
        """Find a catalogue.

        Raises
        ------
        UnknownResultError
            There is none of that name that can be shown.
        """
        for each in await self.shown():
            if each.name == name:
                return each
        raise UnknownResultError(
            f"there is no catalogue {name!r}; /api/v1/catalogues lists those that there are"
        )

    async def aclose(self) -> None:
        """Leave what is being read."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)

    def _is_fresh(self) -> bool:
        return self._checked_at is not None and time.monotonic() - self._checked_at < _FRESH_S

    async def _refresh(self, folder: Path) -> None:
        try:
            found = await asyncio.to_thread(_look, folder)
            if found.reason is not None and found.reason != self._folder_reason:
                _log.error("no catalogues: %s", found.reason)
            self._folder_reason = found.reason
            for gone in self._states.keys() - set(found.names):
                del self._states[gone]
            for number, name in enumerate(found.names):
                before = self._states.get(name)
                if before is None or found.stamp != before.stamp or _is_due(before):
                    self._note(await self._state(folder, name, number, found.stamp))
        finally:
            self._checked_at, self._refreshing = time.monotonic(), None

    def _note(self, state: CatalogueState) -> None:
        before = self._states.get(state.name)
        problems = () if state.catalogue is None else state.catalogue.problems
        if state.reason is not None and (before is None or before.reason != state.reason):
            _log.error("catalogue %s cannot be shown: %s", state.name, state.reason)
        for problem in problems:
            _log.warning("catalogue %s: a row is left out: %s", state.name, problem)
        self._states[state.name] = state

    async def _state(self, folder: Path, name: str, number: int, stamp: Stamp) -> CatalogueState:
        if not NAME.fullmatch(name):
            reason = "its name must be 1 to 64 letters, digits, - and _"
            return CatalogueState(name, None, reason, stamp)
        if number >= MAX_CATALOGUES:
            reason = f"there are more than {MAX_CATALOGUES} catalogues; the first by name are shown"
            return CatalogueState(name, None, reason, stamp)
        try:
            found = await self._read(read_catalogue, folder, name)
        except (ServiceError, RuntimeError) as error:
            _log.debug("a catalogue could not be read", exc_info=error)
            reason = "it could not be read in the time and memory that there are; make it smaller"
            return CatalogueState(name, None, reason, stamp, time.monotonic() + _AGAIN_S)
        if isinstance(found, RefusedCatalogue):
            return CatalogueState(name, None, found.reason, stamp)
        if self._bytes_beside(name) + found.size_bytes > self._max_bytes:
            reason = f"all catalogues together would take more than {self._max_bytes >> 20} MiB"
            return CatalogueState(name, None, reason, stamp)
        return CatalogueState(name, found, None, stamp)

    def _bytes_beside(self, name: str) -> int:
        others = (each.catalogue for each in self._states.values() if each.name != name)
        return sum(each.size_bytes for each in others if each is not None)


@dataclass(frozen=True, slots=True)
class _Look:
    """What is in the folder; or why nothing is known."""

    names: tuple[str, ...] = ()
    stamp: Stamp = ()
    reason: str | None = None


def _is_due(state: CatalogueState) -> bool:
    return time.monotonic() >= state.again_at


def _seen(entry: "os.DirEntry[str]") -> tuple[str, int, int]:
    try:
        found = entry.stat()
    except OSError:  # gone, or a link to nothing: its reading says so
        return entry.name, 0, 0
    return entry.name, found.st_mtime_ns, found.st_size


def _look(folder: Path) -> _Look:
    try:
        with os.scandir(folder) as entries:
            files = list(islice(entries, _MAX_FILES + 1))
        if len(files) > _MAX_FILES:
            return _Look(reason=f"the folder holds more than {_MAX_FILES} files")
        seen = [_seen(each) for each in files]
    except FileNotFoundError:
        return _Look()  # that of simulated maps comes with them
    except OSError as error:
        return _Look(reason=f"the folder of SPT_CATALOGUES cannot be read: {error.strerror}")
    printable = sorted(os.fsencode(name).decode("utf-8", "backslashreplace") for name, *_ in seen)
    names = [name.removesuffix(SUFFIX) for name in printable if name.endswith(SUFFIX)]
    return _Look(tuple(each for each in names if not each.startswith(".")), tuple(sorted(seen)))
