"""A contact sheet of the deepest clusters, from the service's own previews."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from PIL import Image, ImageDraw

_SIDE, _GAP, _LABEL = 240, 8, 16
_CENTRE_PIXELS = 4

_Row = Mapping[str, Any]


def deepest(rows: Sequence[_Row], folder: Path, count: int) -> list[str]:
    """The targets with the strongest decrement at 150 GHz, the strongest first.

    The mean of the pixels around the target is compared with the scatter of the
    stamp, so that depth counts and not noise.
    """
    depths = {
        row["objid"]: _significance(folder / row["file"])
        for row in rows
        if row["file"] and row["band"] == "150GHz" and row["centre_covered"]
    }
    return sorted(depths, key=lambda name: depths[name])[:count]


def contact_sheet(rows: Sequence[_Row], folder: Path, names: Sequence[str], path: Path) -> None:
    """Write one line of previews a target, one column a map."""
    maps = list(dict.fromkeys(row["map_id"] for row in rows))
    step, line = _SIDE + _GAP, _SIDE + _LABEL + _GAP
    sheet = Image.new("RGB", (_GAP + step * len(maps), _GAP + line * len(names)), "white")
    draw = ImageDraw.Draw(sheet)
    for row in rows:
        if row["objid"] not in names or not row["preview"]:
            continue
        corner = (
            _GAP + step * maps.index(row["map_id"]),
            _GAP + line * names.index(row["objid"]),
        )
        draw.text(corner, f"{row['objid']}  {row['band']}  {row['filetype']}", fill="black")
        with Image.open(folder / row["preview"]) as preview:
            picture = preview.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.NEAREST)
        sheet.paste(picture, (corner[0], corner[1] + _LABEL))
    sheet.save(path)


def _significance(path: Path) -> float:
    with fits.open(path) as hdus:
        header, data = hdus["SCI"].header, hdus["SCI"].data.astype(float)
        data[~(hdus["WGT"].data > 0)] = np.nan
    x, y = round(header["TARG_X"]) - 1, round(header["TARG_Y"]) - 1
    half = _CENTRE_PIXELS // 2
    centre = data[max(y - half, 0) : y + half + 1, max(x - half, 0) : x + half + 1]
    return float(np.nanmean(centre) / np.nanstd(data))
