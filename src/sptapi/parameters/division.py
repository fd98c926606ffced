"""Telling the parameters of a cutout from those beside them, in forms and JSON alike."""

from dataclasses import replace

from sptapi.parameters.body import Form
from sptapi.parameters.controls import Fields
from sptjobs.request.json_document import texts_of
from sptjobs.request.vocabulary import BESIDE, CONTROLS, canonical_name
from sptjobs.uws.errors import ParameterError


def fields_named(form: Form, names: frozenset[str]) -> Fields:
    """Find the values of some parameters, in the fields of a form and in its JSON document.

    Raises
    ------
    ParameterError
        The document gives one of them in a type that it has not, or in two spellings.
    """
    found = [(canonical_name(name), value) for name, value in form.fields]
    fields = [(name, value) for name, value in found if name in names]
    seen: set[str] = set()
    for shown, value in (form.document or {}).items():
        name = canonical_name(shown)
        if name in names and value is not None:
            if name in seen:
                raise ParameterError("is there twice, in two spellings", field=name)
            seen.add(name)
            fields += [(name, text) for text in texts_of(name, value)]
    return tuple(fields)


def control_fields(form: Form) -> Fields:
    """Find the parameters that steer the new job."""
    return fields_named(form, CONTROLS)


def cutout_form(form: Form) -> Form:
    """Give what describes the cutouts, under the names that the parameters have here.

    Raises
    ------
    ParameterError
        Parameters stand beside a JSON document.
    """
    fields = tuple(
        (canonical_name(name), value)
        for name, value in form.fields
        if canonical_name(name) not in BESIDE
    )
    if form.document is None:
        return replace(form, fields=fields)
    if fields or form.uploads:
        name = fields[0][0] if fields else next(iter(form.uploads))
        message = "is given beside a JSON document; put everything into the document"
        raise ParameterError(message, field=name[:64])
    document = {
        name: value for name, value in form.document.items() if canonical_name(name) not in BESIDE
    }
    return Form(document=document)
