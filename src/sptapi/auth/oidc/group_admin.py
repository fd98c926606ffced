"""Keycloak's own ways to a user: putting them into a group, and the page that shows them.

OpenID Connect has none. Asked for only where a client for it is configured: a service account
with the role ``manage-users``.

References
----------
Keycloak's Admin REST API; RFC 6749, section 4.4 (client credentials).
"""

import logging
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from sptapi.auth.oidc.sign_in_errors import ProviderError
from sptapi.auth.oidc.transport import ProviderResponse, Transport
from sptjobs.settings import SignInSettings

_log = logging.getLogger(__name__)

_REALM: Final = re.compile(r"(https?://[^?#]+)/realms/([^/?#]+)/?")


def user_page(issuer: str, subject: str) -> str | None:
    """Address of the groups of a user in Keycloak's console; None for another provider."""
    match = _REALM.fullmatch(issuer)
    if match is None:
        return None
    root, realm = match.groups()
    return f"{root}/admin/{realm}/console/#/{realm}/users/{quote(subject, safe='')}/groups"


@dataclass(frozen=True, slots=True)
class GroupAdmin:
    """A client of Keycloak that may put users into one group.

    Attributes
    ----------
    issuer, admin
        Address of the realm, and of the realm in the Admin API.
    group
        Path of the group.
    """

    transport: Transport
    issuer: str
    admin: str
    client: tuple[str, str]
    group: str

    @classmethod
    def of(cls, settings: SignInSettings, group: str, transport: Transport) -> "GroupAdmin | None":
        """Make it of the settings; None where no client is configured, or it is no Keycloak."""
        match = _REALM.fullmatch(settings.issuer)
        if match is None or not settings.groups_client_id:
            return None
        client = (settings.groups_client_id, settings.groups_client_secret)
        admin = f"{match[1]}/admin/realms/{match[2]}"
        return cls(transport, settings.issuer.rstrip("/"), admin, client, group)

    async def let_in(self, subject: str) -> None:
        """Put a user into the group; doing it again changes nothing.

        Raises
        ------
        ProviderUnavailableError
            Keycloak does not respond.
        ProviderError
            It refuses the client, or knows no such group or user.
        """
        token = await self._token()
        path = quote(self.group.lstrip("/"))
        found = await self.transport.get(f"{self.admin}/group-by-path/{path}", bearer=token)
        group_id = found.document.get("id")
        if not found.is_ok or not isinstance(group_id, str):
            raise _refusal(found, f"it shows no group {self.group} to the client for groups")
        user = f"{self.admin}/users/{quote(subject, safe='')}"
        done = await self.transport.put(f"{user}/groups/{quote(group_id)}", bearer=token)
        if done.status != HTTPStatus.NO_CONTENT:
            raise _refusal(done, f"it did not put the user into {self.group}")

    async def _token(self) -> str:
        address = f"{self.issuer}/protocol/openid-connect/token"
        fields = {"grant_type": "client_credentials"}
        response = await self.transport.post(address, fields, client=self.client)
        token = response.document.get("access_token")
        if not response.is_ok or not isinstance(token, str):
            raise _refusal(response, "it refuses the client for groups")
        return token


def _refusal(response: ProviderResponse, what: str) -> ProviderError:
    _log.error("the identity provider responded %d: %s", response.status, what)
    return ProviderError(
        f"nothing was decided: of the identity provider, {what} ({response.status})"
    )
