"""Whether what is configured for signing in fits together."""

import ipaddress
from urllib.parse import urlsplit

from sptapi.auth.oidc.group_admin import user_page
from sptjobs.settings import Settings, SettingsError

_MIN_KEY_BYTES = 32


def check_sign_in(settings: Settings) -> None:
    """Refuse a deployment that lets users sign in but misses something.

    Raises
    ------
    SettingsError
        Names everything that is missing or unsafe.
    """
    problems = [*_missing(settings), *_unsafe(settings)]
    if problems:
        raise SettingsError("; ".join(problems))


def _missing(settings: Settings) -> list[str]:
    given = {
        "SPT_OIDC_ISSUER": settings.sign_in.issuer,
        "SPT_OIDC_CLIENT_ID": settings.sign_in.client_id,
        "SPT_OIDC_CLIENT_SECRET": settings.sign_in.client_secret,
        "SPT_SESSION_KEY": settings.sign_in.session_key,
    }
    # Only a session key, as other deployments of one chart may have, is no mistake.
    if not any(value for name, value in given.items() if name != "SPT_SESSION_KEY"):
        return []
    return [f"{name}: is not set, and signing in needs it" for name in given if not given[name]]


def _unsafe(settings: Settings) -> list[str]:
    sign_in = settings.sign_in
    problems = []
    if any(len(key.encode()) < _MIN_KEY_BYTES for key in sign_in.session_key.split()):
        problems.append("SPT_SESSION_KEY: every key must be at least 32 bytes long")
    if any(key in other for key in sign_in.session_key.split()
           for other in (settings.token_key, sign_in.client_secret)):  # fmt: skip
        problems.append("SPT_SESSION_KEY: must be a secret of its own")
    if bool(sign_in.groups_client_id) != bool(sign_in.groups_client_secret):
        names = "SPT_OIDC_GROUPS_CLIENT_ID, SPT_OIDC_GROUPS_CLIENT_SECRET"
        problems.append(f"{names}: must be set both, or neither")
    if sign_in.groups_client_id and user_page(sign_in.issuer, "") is None:
        problems.append(
            "SPT_OIDC_GROUPS_CLIENT_ID: needs a Keycloak, whose issuer is …/realms/NAME"
        )
    if sign_in.issuer and "openid" not in sign_in.scopes:
        problems.append("SPT_OIDC_SCOPES: must hold openid")
    if sign_in.insecure_http:
        problems += _reachable_from_elsewhere(settings)
    elif sign_in.issuer:
        problems += [
            f"{name}: must begin with https://, or set SPT_INSECURE_HTTP=true on one machine"
            for name, url in (
                ("SPT_OIDC_ISSUER", sign_in.issuer),
                ("SPT_PUBLIC_URL", settings.public_url),
            )
            if urlsplit(url).scheme != "https"
        ]
    return problems


def _reachable_from_elsewhere(settings: Settings) -> list[str]:
    hosts = {
        "SPT_HOST": settings.host,
        "SPT_PUBLIC_URL": urlsplit(settings.public_url).hostname,
        "SPT_OIDC_ISSUER": urlsplit(settings.sign_in.issuer).hostname,
    }
    return [
        f"{name}: must be a loopback address, because SPT_INSECURE_HTTP is true"
        for name, host in hosts.items()
        if host and not is_loopback(host)
    ]


def is_public_on_loopback(settings: Settings) -> bool:
    """Whether the service's public address is one of this machine alone."""
    return is_loopback(urlsplit(settings.public_url).hostname or "")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
