"""The error taxonomy: every failure that a user or an operator may see.

The first word of a message sent to a VO client is the ``code`` (SODA 1.0,
section 5.2). HTTP statuses are given by the API, not here.
"""

from typing import ClassVar, Literal


class ServiceError(Exception):
    """Root of everything that this service raises on purpose.

    Parameters
    ----------
    message
        What went wrong, in words that the user can act on.
    """

    code: ClassVar[str] = "Error"
    kind: ClassVar[Literal["fatal", "transient"]] = "fatal"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle what it is, not what it was made of: subclasses are made in other ways."""
        return _restored, (type(self), self.args, self.__dict__)


class UsageError(ServiceError):
    """The request cannot be carried out as it was made."""

    code = "UsageError"


class ParameterError(UsageError):
    """One value of a request is wrong.

    Parameters
    ----------
    message
        What is wrong with the value and what would be right.
    field
        Name of the parameter or of the table column, upper case.
    value
        The offending text as the user sent it, or None when it is missing.
    row
        Row of the target table, 1 for the first row below its header, or None.
    """

    _SHOWN = 80

    def __init__(
        self, message: str, *, field: str, value: str | None = None, row: int | None = None
    ) -> None:
        self.field, self.row = field, row
        self.value = (
            value if value is None or len(value) <= self._SHOWN else value[: self._SHOWN] + "…"
        )
        where = field if row is None else f"{field}, row {row}"
        shown = "" if self.value is None else f" (got {self.value!r})"
        super().__init__(f"{where}: {message}{shown}")
        self.reason = message


class InvalidRequestError(UsageError):
    """Several values of a request are wrong; ``problems`` lists them in order.

    Parameters
    ----------
    problems
        At least one; the message quotes the first few.
    """

    _QUOTED = 5

    def __init__(self, problems: "tuple[ParameterError, ...]") -> None:
        self.problems = problems
        quoted = [problem.message for problem in problems[: self._QUOTED]]
        left = len(problems) - len(quoted)
        if left:
            quoted.append(f"and {left} more")
        super().__init__("; ".join(quoted))


class MultiValuedParamNotSupported(UsageError):  # noqa: N818 - SODA names it so
    """A parameter that may be given once was given several times."""

    code = "MultiValuedParamNotSupported"


class MediaTypeError(UsageError):
    """The body of the request is of a kind that this address does not read."""


class TooLargeError(UsageError):
    """The request is bigger than the service accepts."""


class AddressTooLongError(UsageError):
    """The address of the request is longer than any that is served."""


class UnknownJobError(UsageError):
    """There is no such job, or it is another user's."""


class UnknownResultError(UsageError):
    """The job has no such result, file or parameter."""


class UnknownMapError(UsageError):
    """There is no such map."""


class LostResultError(UnknownResultError):
    """The job had such a file, and what held it is lost; waiting does not help."""


class UnknownTokenError(UsageError):
    """There is no such token, or it is not one's own to see."""


class TransitionError(UsageError):
    """The job's phase does not allow what was asked (UWS 1.1 requires 403)."""


class ConflictError(UsageError):
    """Somebody else has changed meanwhile what is to be changed."""


class LimitError(UsageError):
    """The user has as much as one user may have; deleting something helps.

    Parameters
    ----------
    limit
        Name of the limit, where it is one of a deployment's settings.
    """

    def __init__(self, message: str, *, limit: str | None = None) -> None:
        super().__init__(message)
        self.limit = limit


class ActiveLimitError(LimitError):
    """The user has as many jobs at work as one user may have; waiting helps."""

    kind = "transient"


class RateError(UsageError):
    """The same was tried too often; waiting helps.

    Parameters
    ----------
    retry_after_s
        Seconds until it may be tried again.
    """

    kind = "transient"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class AuthenticationError(ServiceError):
    """No identity, or one that does not hold."""

    code = "AuthenticationError"


class AuthorizationError(ServiceError):
    """A known identity without the right to do this."""

    code = "AuthorizationError"


class UnavailableError(ServiceError):
    """A part that the service needs does not respond; trying again may help."""

    code = "ServiceUnavailable"
    kind = "transient"


def _restored(
    kind: type[ServiceError], arguments: tuple[object, ...], attributes: dict[str, object]
) -> ServiceError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(attributes)
    return error
