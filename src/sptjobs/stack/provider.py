"""The identity provider of a stack on one machine: nanoidp, with three users.

It is for trying things out: loopback only, passwords in a file. Its configuration
is written anew for each start, because ports change; its keys and the passwords stay.
"""

import json
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sptjobs.stack.probes import free_port, is_free
from sptjobs.stack.state import convenient_text, private_text, secret_file

USERS: Final[Mapping[str, tuple[str, ...]]] = {
    "demo": ("spt3g-users",),
    "admin": ("spt3g-users", "spt3g-admins"),
    "outsider": ("visitors",),
}
"""Who can sign in, with their groups: a member, an administrator, and nobody of ours."""

CLIENT_ID: Final = "spt3g-data-service"
_HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider's folder and where it listens.

    Attributes
    ----------
    passwords
        Of its users.
    """

    folder: Path
    host: str
    port: int
    client_secret: Path
    passwords: Mapping[str, str]

    @property
    def issuer(self) -> str:
        """What it calls itself."""
        return f"http://{self.host}:{self.port}"

    def command(self) -> tuple[str, ...]:
        """Its program and arguments."""
        return (
            sys.executable,
            "-m",
            "sptjobs.stack.provider_main",
            "--config",
            str(self.folder),
            "--host",
            self.host,
            "--port",
            str(self.port),
        )


def make_provider(var: Path, port: int | None = None) -> Provider:
    """Choose secrets and port, once for a state folder, and describe the provider.

    The port is part of the provider's name, and so of its users': with another one
    they would not find their jobs again.

    Raises
    ------
    OSError
        The folder is new and cannot be written.
    """
    folder = var / "provider"
    passwords_file = folder / "passwords.json"
    if not passwords_file.exists():
        made = {user: secrets.token_urlsafe(9) for user in USERS}
        private_text(passwords_file, json.dumps(made, indent=1) + "\n")
    return Provider(
        folder=folder,
        host=_HOST,
        port=port or _port(folder / "port"),
        client_secret=secret_file(folder / "client.key"),
        passwords=json.loads(passwords_file.read_text("utf-8")),
    )


def _port(file: Path) -> int:
    """Take the port of the last time, or a free one and remember it."""
    if file.exists():
        port = int(file.read_text("ascii"))
        if is_free(_HOST, port):
            return port
    port = free_port(_HOST)
    private_text(file, f"{port}\n")
    return port


def write_configuration(
    provider: Provider, callback: str, say: Callable[[str], None] = print
) -> None:
    """Write what nanoidp reads; JSON is YAML too.

    Parameters
    ----------
    callback
        The one address to which it may send browsers back.
    say
        Called with what could not be written, as on a full disk: the last time's then holds.
    """
    secret = provider.client_secret.read_text("utf-8").strip()
    settings = {
        "config_version": 1,
        "server": {"host": provider.host, "port": provider.port},
        "security_profile": "dev",
        "oauth": {
            "issuer": provider.issuer,
            "audience": CLIENT_ID,
            "require_pkce": True,
            "refresh_token_rotation": True,
            "clients": [
                {
                    "client_id": CLIENT_ID,
                    "client_secret": secret,
                    "description": "SPT-3G data service",
                    "redirect_uris": [callback],
                }
            ],
        },
        "jwt": {"keys_dir": str(provider.folder / "keys")},
        "session": {
            "secret_key": secret,
            "enforce_password_check": True,
            "management_secret": secret,
        },
        "logging": {
            "level": "WARNING",
            "log_token_requests": False,
            "log_saml_requests": False,
            "verbose_logging": False,
        },
    }
    users = {
        name: {"password": provider.passwords[name], "groups": list(groups)}
        for name, groups in USERS.items()
    }
    for name, content in (("settings.yaml", settings), ("users.yaml", {"users": users})):
        convenient_text(provider.folder / name, json.dumps(content, indent=1), say)
