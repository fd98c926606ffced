"""Parameters of a request to share a job."""

from typing import Final

from sptapi.parameters.body import Form, plain_fields
from sptapi.parameters.controls import known, required, single
from sptjobs.request.characters import check_characters
from sptjobs.store.shares import ShareKind, ShareWish
from sptjobs.uws.errors import ParameterError

_LONGEST_NAME: Final = 255


def read_share_wish(form: Form) -> ShareWish:
    """Read KIND and NAME.

    Raises
    ------
    ParameterError, MultiValuedParamNotSupported
        One of them is missing, wrong, given twice, or unknown.
    """
    fields = plain_fields(form, ("KIND", "NAME"))
    kind = known(ShareKind, "KIND", required(fields, "KIND"))
    if kind is ShareKind.LINK:
        if (name := single(fields, "NAME")) is not None:
            raise ParameterError("a link has none; leave it out", field="NAME", value=name)
        return ShareWish(kind)
    name = required(fields, "NAME").strip()
    check_characters("NAME", name)
    if not name or len(name) > _LONGEST_NAME:
        message = f"must be the name of a {kind}, at most {_LONGEST_NAME} characters"
        raise ParameterError(message, field="NAME", value=name)
    return ShareWish(kind, name)
