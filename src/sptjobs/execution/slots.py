"""Slots of an execute worker: each has room for one part at a time, and a warm child."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from sptjobs.execution.child.child_process import Child, start_child

_RECYCLE_AFTER = 500
"""Orders after which a child is replaced, against slow leaks."""


@dataclass(slots=True)
class Slot:
    """Room for one part at a time, with a warm child of its own."""

    name: str
    reserved: bool
    busy: bool = False
    child: Child | None = None
    _starting: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def state(self) -> str:
        """What its child does: ``busy``, ``idle``, or ``gone`` and not yet replaced."""
        if self.child is None or self.child.is_gone:
            return "gone"
        return "busy" if self.busy else "idle"

    async def ready_child(self, memory_bytes: int, decoded: tuple[Path | None, int]) -> Child:
        """Give the child, started first if there is none, as ``start_child`` does.

        Raises
        ------
        ChildStartError
            It could not be started.
        """
        # The warm-up and the first part may want the same child.
        async with self._starting:
            if self.child is not None and self.child.is_gone:
                # It died while it was idle, which is no part's fault.
                await self.clear()
            if self.child is None:
                self.child = await start_child(memory_bytes, decoded)
            return self.child

    async def recycle(self, memory_bytes: int) -> None:
        """End a child that was killed, did much, or grew; ours are killed, not asked.

        Parameters
        ----------
        memory_bytes
            Its cap: half of it is too much for an idle child.
        """
        child = self.child
        if child is None:
            return
        grown = child.memory_bytes() > memory_bytes // 2
        if child.killed or grown or child.orders_done >= _RECYCLE_AFTER:
            await self.clear()

    async def clear(self) -> None:
        """End the child, if there is one."""
        if self.child is not None:
            await self.child.close()
            self.child = None
