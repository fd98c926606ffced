"""Why a sign-in fails. The messages for users hold nothing that a provider said."""

from sptjobs.uws.errors import ServiceError, UnavailableError, UsageError


class SignInError(UsageError):
    """What came back from the sign-in does not hold."""


class ProviderError(ServiceError):
    """The identity provider refused us, or said what it should not have."""


class ProviderUnavailableError(UnavailableError):
    """The identity provider does not respond."""


class GrantEndedError(Exception):
    """The provider no longer stands by what it granted: the session is over."""
