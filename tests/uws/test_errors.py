import pytest
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.uws import errors
from sptjobs.uws.errors import InvalidRequestError, ParameterError, ServiceError, UsageError


def test_a_parameter_error_names_field_row_and_value() -> None:
    error = ParameterError("must be a number", field="RA", row=3, value="x")
    assert error.message == "RA, row 3: must be a number (got 'x')"
    assert (error.field, error.row, error.value) == ("RA", 3, "x")


def test_a_missing_value_and_a_missing_row_are_not_spoken_of() -> None:
    assert ParameterError("is missing", field="DEC").message == "DEC: is missing"


@given(st.text(max_size=300), st.integers(1, 10**6))
def test_a_message_stays_short_and_printable_whatever_the_value(value: str, row: int) -> None:
    message = ParameterError("is wrong", field="RA", row=row, value=value).message
    assert len(message) < 1000
    assert message.isprintable()
    assert f"row {row}" in message


def test_an_invalid_request_quotes_the_first_problems_and_counts_the_others() -> None:
    problems = tuple(ParameterError("is wrong", field="RA", row=row) for row in range(1, 9))
    error = InvalidRequestError(problems)
    assert error.problems == problems
    assert error.message.startswith("RA, row 1: is wrong; RA, row 2: is wrong; ")
    assert error.message.endswith("; and 3 more")


def every_error(kind: type[ServiceError] = ServiceError) -> list[type[ServiceError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in every_error(child))]


@pytest.mark.parametrize("kind", every_error())
def test_every_error_has_a_label_that_soda_knows(kind: type[ServiceError]) -> None:
    assert kind.code in {
        "Error", "AuthenticationError", "AuthorizationError", "ServiceUnavailable", "UsageError",
        "MultiValuedParamNotSupported",
    }  # fmt: skip


def test_only_what_may_pass_by_itself_is_transient() -> None:
    passing = (errors.ActiveLimitError, errors.RateError, errors.UnavailableError)
    for kind in every_error():
        assert (kind.kind == "transient") == issubclass(kind, passing), kind
    assert UsageError.kind == "fatal"
