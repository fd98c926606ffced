"""Parameters of a comment on a job."""

from sptapi.parameters.body import Form, plain_fields
from sptapi.parameters.controls import required
from sptjobs.request.characters import check_characters
from sptjobs.store.comments import JobComment
from sptjobs.uws.errors import ParameterError


def read_comment_text(form: Form) -> str:
    """Read TEXT: plain text, of several lines perhaps.

    Raises
    ------
    ParameterError, MultiValuedParamNotSupported
        It is missing, empty, too long, or given twice.
    """
    fields = plain_fields(form, ("TEXT",))
    text = "\n".join(required(fields, "TEXT").strip().splitlines())
    check_characters("TEXT", text)
    if not text or len(text) > JobComment.LONGEST:
        message = f"must have 1 to {JobComment.LONGEST} characters, not {len(text)}"
        raise ParameterError(message, field="TEXT", value=text)
    return text
