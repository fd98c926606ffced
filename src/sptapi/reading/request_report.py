"""The report on a request before it is submitted, as the document that is sent."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sptapi.parameters.body import Form
from sptapi.parameters.merging import merged_form
from sptapi.parameters.retry import Repeat
from sptapi.parameters.validation import control_problems, examine, ignored
from sptapi.representations.tree import Tree
from sptapi.representations.validation import examined_tree, refused_tree
from sptjobs.forecast.forecast import Load, make_forecast
from sptjobs.forecast.map_selection import catalogue_problems
from sptjobs.maps.record import MapRecord
from sptjobs.uws.errors import UsageError


@dataclass(frozen=True, slots=True)
class RequestReport:
    """What is wrong with a request, and what it will find and take.

    Attributes
    ----------
    document
        JSON object; what only the database knows is not in it.
    digest
        Of the request, None where something is wrong with it.
    """

    document: bytes
    digest: str | None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a client sent, and the other job's request where it is made of one."""

    form: Form
    repeat: Repeat | None = None

    def whole(self) -> Form:
        """Put both together; the form of a repeated job holds controls only."""
        if self.repeat is None:
            return self.form
        return merged_form(self.repeat.before, Form(self.repeat.fields), self.repeat.replaced)


def report_on(
    draft: Draft, max_targets: int, load: Load, snapshot: str, maps: Sequence[MapRecord]
) -> RequestReport:
    """Read a request to its end, and look at what it will find among the maps of a snapshot."""
    try:
        controls = control_problems(draft.form)
        examined = examine(draft.whole(), max_targets=max_targets)
    except UsageError as error:
        return refusal(error)
    unknown = ignored(draft.form)
    if not examined.only_rows_are_bad:
        return RequestReport(_encoded(examined_tree(examined, controls, None, None, unknown)), None)
    found = make_forecast(examined, maps, load)
    examined = examined.with_problems(catalogue_problems(maps, examined.request))
    document = _encoded(examined_tree(examined, controls, snapshot, found, unknown))
    return RequestReport(document, None if examined.problems else examined.request.digest())


def refusal(error: UsageError) -> RequestReport:
    """Report that a request cannot be read at all."""
    return RequestReport(_encoded(refused_tree(error)), None)


def _encoded(tree: Tree) -> bytes:
    known = {name: value for name, value in tree.items() if name != "same_job"}
    return json.dumps(known, allow_nan=False).encode()
