"""The report on a request that is not submitted yet."""

from collections.abc import Iterable, Sequence

from sptapi.representations.tree import Tree
from sptjobs.forecast.coverage import Share
from sptjobs.forecast.forecast import Forecast
from sptjobs.request.ambiguity import Ambiguity
from sptjobs.request.columns import ColumnUse
from sptjobs.request.coordinates import format_dec, format_ra
from sptjobs.request.cutout_request import Target
from sptjobs.request.examined import Examined
from sptjobs.uws.errors import ParameterError, UsageError

_MAX_WARNINGS = 1000
_MAX_FILES = 1000

_BASIS = (
    "footprints and the cost model that divides jobs into parts; work_s is on one core, seconds "
    "with the slots and cores of all workers; the range is what parts took lately, or half to "
    "twice the model while few have ended"
)


def refused_tree(error: UsageError) -> Tree:
    """Describe a request of which nothing can be read."""
    return _tree(problems=[_usage_problem(error)], problems_total=1)


def examined_tree(
    examined: Examined,
    controls: Sequence[ParameterError],
    snapshot: str | None,
    forecast: Forecast | None,
    ignored: Sequence[ParameterError] = (),
) -> Tree:
    """Describe a request, what is wrong with it, and what it will find.

    Parameters
    ----------
    controls
        Problems with the parameters that steer the job.
    snapshot, forecast
        None where more than rows is wrong, so that there is no forecast.
    ignored
        Parameters that mean nothing here: warnings.
    """
    shares = None if forecast is None else forecast.coverage.shares
    tree = _tree(
        problems=[problem_tree(each) for each in (*controls, *examined.problems)],
        problems_total=len(controls) + examined.problem_count,
    )
    tree["bad_rows"] = list(examined.bad_rows)
    tree["ambiguities"] = [_ambiguity(each) for each in examined.ambiguities]
    if examined.columns is not None:
        tree["columns"] = _columns(examined.columns)
    request = examined.request
    tree["targets"] = [
        _target(row, target, stem, () if shares is None else shares[index])
        for index, (row, target, stem) in enumerate(
            zip(examined.rows, request.targets, request.stems, strict=True)
        )
    ]
    warnings = (*ignored, *(() if forecast is None else forecast.warnings))
    tree["warnings"] = [problem_tree(each) for each in warnings[:_MAX_WARNINGS]]
    tree["warnings_total"] = len(warnings)
    if forecast is not None:
        tree["selection"] = _selection(snapshot, forecast)
        tree["estimate"] = _estimate(forecast)
    return tree


def _tree(*, problems: list[Tree], problems_total: int) -> Tree:
    return {
        "ok": not problems,
        "problems": problems,
        "problems_total": problems_total,
        "bad_rows": [],
        "ambiguities": [],
        "warnings": [],
        "warnings_total": 0,
        "columns": None,
        "targets": [],
        "selection": None,
        "estimate": None,
        "same_job": None,
    }


def _usage_problem(error: UsageError) -> Tree:
    if isinstance(error, ParameterError):
        return problem_tree(error)
    return {"field": None, "row": None, "value": None, "message": error.message}


def _columns(use: ColumnUse) -> Tree:
    return {
        "used": use.shown,
        "ignored": list(use.ignored),
        "kind": use.kind,
        "frame": str(use.position.frame),
    }


def _ambiguity(ambiguity: Ambiguity) -> Tree:
    return {
        "field": ambiguity.field,
        "message": ambiguity.message,
        "rows": list(ambiguity.rows),
        "readings": [
            {
                "name": reading.name,
                "write": reading.write,
                "positions": [
                    {"row": row, "ra": ra, "dec": dec}
                    for row, (ra, dec) in reading.positions.items()
                ],
            }
            for reading in ambiguity.readings
        ],
    }


def _target(row: int, target: Target, stem: str, shares: Iterable[Share]) -> Tree:
    return {
        "row": row,
        "objid": target.objid,
        "stem": stem,
        "ra": target.ra,
        "dec": target.dec,
        "sexagesimal": f"{format_ra(target.ra, 3)} {format_dec(target.dec, 2)}",
        "xsize": target.xsize,
        "ysize": target.ysize,
        "coverage": [_share(share) for share in shares],
    }


def _share(share: Share) -> Tree:
    band, filetype, tag = share.group
    return {
        "band": band,
        "filetype": filetype,
        "tag": tag,
        "maps": share.maps,
        "covered": share.cover.name.lower(),
    }


def _selection(snapshot: str | None, forecast: Forecast) -> Tree:
    maps = forecast.maps
    dates = sorted(record.date_beg for record in maps if record.date_beg is not None)
    return {
        "snapshot": snapshot,
        "maps": len(maps),
        "files": [record.path for record in maps[:_MAX_FILES]],
        "bands": list(dict.fromkeys(record.band for record in maps)),
        "filetypes": list(dict.fromkeys(record.filetype for record in maps)),
        "tags": sorted({record.tag for record in maps if record.tag is not None}),
        "fields": sorted({record.region for record in maps}),
        "first": dates[0] if dates else None,
        "last": dates[-1] if dates else None,
        "exact": forecast.coverage.exact,
    }


def _estimate(forecast: Forecast) -> Tree:
    made = forecast.estimate
    low, high = forecast.range_s
    return {
        "pairs": made.pairs,
        "files": made.files,
        "bytes": made.size_bytes,
        "seconds": forecast.seconds,
        "seconds_low": low,
        "seconds_high": high,
        "work_s": made.work_s,
        "waiting_s": forecast.waiting_s,
        "slots": forecast.load.slots,
        "cores": forecast.load.cores,
        "basis": _BASIS,
    }


def problem_tree(problem: ParameterError) -> Tree:
    """Describe what is wrong with one value."""
    return {
        "field": problem.field,
        "row": problem.row,
        "value": problem.value,
        "message": problem.reason,
    }
