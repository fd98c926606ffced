"""What ingest measured of maps, which is read where they are cut."""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.maps.record import MapRecord
from sptjobs.store.maps import ALIKE, any_of
from sptjobs.store.schema import archive_map

_NAMED = 100
"""Maps that are looked up by their ids: of others less is read by what they have in common."""

_MEASURED = sa.select(
    archive_map.c.map_id, archive_map.c.sha256, archive_map.c.block_sums, archive_map.c.noise
).where(archive_map.c.removed.is_(None))
_MEASURED_ALIKE = _MEASURED.where(*ALIKE)
_MEASURED_NAMED = _MEASURED.where(any_of(archive_map.c.map_id, "map_ids"))


async def with_measurements(
    connection: AsyncConnection, records: Sequence[MapRecord]
) -> tuple[MapRecord, ...]:
    """Add what ingest measured to maps of the newest snapshot, as cutting needs it.

    That is the sums of their blocks and their noise.
    """
    if len(records) <= _NAMED:
        query, values = _MEASURED_NAMED, {"map_ids": [record.map_id for record in records]}
    else:
        query, values = (
            _MEASURED_ALIKE,
            {
                "bands": sorted({record.band for record in records}),
                "filetypes": sorted({record.filetype for record in records}),
            },
        )
    rows = await connection.execute(query, values)
    # Of the same file: another may have been ingested since the maps were read.
    found = {(row.map_id, row.sha256): (row.block_sums, row.noise) for row in rows}
    measured = (found.get((record.map_id, record.sha256), (None, None)) for record in records)
    return tuple(
        replace(record, block_sums=sums, noise=noise)
        for record, (sums, noise) in zip(records, measured, strict=True)
    )
