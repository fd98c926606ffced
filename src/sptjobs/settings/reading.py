"""Settings out of environment variables with the prefix ``SPT_``, read once.

The composition roots call :func:`read_settings`; everything else is handed the
frozen object. A secret may come from a file: ``SPT_X_FILE`` names the file that
holds the value of ``SPT_X``.
"""

import os
import re
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path

from sptjobs.settings.keys import parse_keys
from sptjobs.settings.limits import read_group_limits, read_limits
from sptjobs.settings.mail_relay import read_mail
from sptjobs.settings.rates import read_rates
from sptjobs.settings.settings import Network, Settings
from sptjobs.settings.sign_in import read_sign_in
from sptjobs.settings.variables import Variables

_DAY_S = 86_400
_IVOA_AUTHORITY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{2,254}")
"""IVOA Identifiers 2.0, section 2.3.2."""
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")


class SettingsError(Exception):
    """A variable is missing or wrong; the message names it and says what it must be."""


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and validate the settings.

    Parameters
    ----------
    environ
        Variables to read; the process's own when None.

    Raises
    ------
    SettingsError
        Names every variable that is missing or wrong.
    """
    variables = Variables(os.environ if environ is None else environ)
    base_path = _base_path(variables)
    port = int(variables.number("SPT_PORT", 8080, minimum=0, maximum=65535))
    host = variables.text("SPT_HOST", "127.0.0.1")
    limits = read_limits(variables)
    settings = Settings(
        database_url=_database_url(variables),
        broker_url=_broker_url(variables),
        archive=variables.folder("SPT_ARCHIVE"),
        results=variables.folder("SPT_RESULTS"),
        host=host,
        port=port,
        base_path=base_path,
        public_url=variables.text("SPT_PUBLIC_URL", f"http://{host}:{port}").rstrip("/"),
        metrics_port=int(variables.number("SPT_METRICS_PORT", 0, minimum=0, maximum=65535)),
        slots=int(
            variables.number("SPT_SLOTS", min(os.cpu_count() or 1, 8), minimum=1, maximum=256)
        ),
        child_memory_bytes=int(variables.number("SPT_CHILD_MEMORY_MB", 1024, minimum=400)) << 20,
        decoded_maps=_path(variables, "SPT_DECODED_MAPS"),
        decoded_maps_bytes=variables.size("SPT_DECODED_MAPS_BYTES", "16Gi"),
        part_s=variables.number("SPT_PART_S", 1.0, minimum=0.001),
        stall_s=variables.number("SPT_STALL_S", 300.0, minimum=1),
        beat_s=variables.number("SPT_BEAT_S", 1.0, minimum=0.05),
        dead_s=variables.number("SPT_DEAD_S", 20.0, minimum=0.5),
        sweep_s=variables.number("SPT_SWEEP_S", 2.0, minimum=0.05),
        max_execution_s=int(variables.number("SPT_MAX_EXECUTION_S", 86_400, minimum=1)),
        default_execution_s=int(variables.number("SPT_DEFAULT_EXECUTION_S", 14_400, minimum=1)),
        max_lifetime_s=int(variables.number("SPT_MAX_LIFETIME_S", 90 * 86_400, minimum=1)),
        default_lifetime_s=int(variables.number("SPT_DEFAULT_LIFETIME_S", 30 * 86_400, minimum=1)),
        destruction_warning_s=int(
            variables.number("SPT_DESTRUCTION_WARNING_S", 3 * 86_400, minimum=0)
        ),
        records_kept_s=int(variables.number("SPT_RECORDS_KEPT_S", 365 * 86_400, minimum=0)),
        audit_kept_s=int(variables.number("SPT_AUDIT_KEPT_S", 730 * 86_400, minimum=0)),
        lost_packs_kept_s=int(variables.number("SPT_LOST_PACKS_KEPT_S", 3_600, minimum=0)),
        limits=limits,
        group_limits=read_group_limits(variables, limits),
        min_free_bytes=variables.size("SPT_MIN_FREE_BYTES", "1Gi"),
        max_ready_parts=int(variables.number("SPT_MAX_READY_PARTS", 200_000, minimum=1)),
        banner=_path(variables, "SPT_BANNER"),
        wait_cap_s=variables.number("SPT_WAIT_CAP_S", 28.0, minimum=0, maximum=110),
        sky_cache=_path(variables, "SPT_SKY_CACHE"),
        sky_cache_bytes=variables.size("SPT_SKY_CACHE_BYTES", "512Mi"),
        mail=read_mail(variables),
        webhooks=variables.switch("SPT_WEBHOOKS"),
        webhook_networks=_networks(variables, "SPT_WEBHOOK_NETWORKS"),
        hips=_path(variables, "SPT_HIPS"),
        catalogues=_path(variables, "SPT_CATALOGUES"),
        basic_auth=variables.switch("SPT_BASIC_AUTH", default=True),
        ivoa_authority=_ivoa_authority(variables),
        cors_origins=_origins(variables),
        token_key=_token_key(variables),
        token_ttl_s=int(variables.number("SPT_TOKEN_TTL_S", 86_400, minimum=60)),
        token_chain_s=int(variables.number("SPT_TOKEN_CHAIN_S", 30 * 86_400, minimum=60)),
        trusted_proxies=_networks(variables, "SPT_TRUSTED_PROXIES"),
        rates=read_rates(variables),
        heartbeat=_heartbeat(variables),
        allowed_groups=variables.names("SPT_ALLOWED_GROUPS", ("spt3g-users",)),
        admin_groups=variables.names("SPT_ADMIN_GROUPS", ("spt3g-admins",)),
        sign_in=read_sign_in(variables),
    )
    _check_relations(variables, settings)
    if variables.problems:
        raise SettingsError("; ".join(variables.problems))
    return settings


def read_decoded_maps(environ: Mapping[str, str] | None = None) -> tuple[Path | None, int]:
    """Folder and size [byte] of decoded maps, for a command that needs no other setting.

    Raises
    ------
    SettingsError
        A variable is wrong.
    """
    variables = Variables(os.environ if environ is None else environ)
    folder = _path(variables, "SPT_DECODED_MAPS")
    size = variables.size("SPT_DECODED_MAPS_BYTES", "16Gi")
    if variables.problems:
        raise SettingsError("; ".join(variables.problems))
    return folder, size


def _check_relations(variables: Variables, settings: Settings) -> None:
    for name, kept_s in (
        ("SPT_RECORDS_KEPT_S", settings.records_kept_s),
        ("SPT_AUDIT_KEPT_S", settings.audit_kept_s),
    ):
        # Less can only be a slip of the hand, and what is purged does not come back.
        if 0 < kept_s < _DAY_S:
            variables.problems.append(f"{name}: must be at least {_DAY_S} (a day), or 0: for ever")
    if settings.dead_s < 3 * settings.beat_s:
        variables.problems.append("SPT_DEAD_S: must be at least three times SPT_BEAT_S")
    if settings.default_execution_s > settings.max_execution_s:
        variables.problems.append("SPT_DEFAULT_EXECUTION_S: exceeds SPT_MAX_EXECUTION_S")
    if settings.default_lifetime_s > settings.max_lifetime_s:
        variables.problems.append("SPT_DEFAULT_LIFETIME_S: exceeds SPT_MAX_LIFETIME_S")
    if settings.token_ttl_s > settings.token_chain_s:
        variables.problems.append("SPT_TOKEN_TTL_S: exceeds SPT_TOKEN_CHAIN_S")


def _database_url(variables: Variables) -> str:
    url = variables.text("SPT_DATABASE_URL")
    if url and not url.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
        variables.problems.append(
            "SPT_DATABASE_URL: must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://"
        )
    return url


def _broker_url(variables: Variables) -> str:
    url = variables.text("SPT_BROKER_URL")
    if url and not url.startswith(("redis://", "rediss://", "unix://")):
        variables.problems.append("SPT_BROKER_URL: must begin with redis://, rediss:// or unix://")
    return url


def _path(variables: Variables, name: str) -> Path | None:
    """A folder or file that need not be; None where it is not said."""
    text = variables.text(name, "")
    return Path(text).expanduser().absolute() if text else None


def _base_path(variables: Variables) -> str:
    path = variables.text("SPT_BASE_PATH", "").rstrip("/")
    if path and not path.startswith("/"):
        variables.problems.append(f"SPT_BASE_PATH: must begin with a slash, not {path!r}")
    return path


def _ivoa_authority(variables: Variables) -> str:
    authority = variables.text("SPT_IVOA_AUTHORITY", "spt3g")
    if not _IVOA_AUTHORITY.fullmatch(authority):
        variables.problems.append(
            "SPT_IVOA_AUTHORITY: must be 3 to 255 letters, digits and ._~- such as "
            f"pole.example, not {authority!r}"
        )
    return authority


def _networks(variables: Variables, name: str) -> tuple[Network, ...]:
    found = []
    for text in variables.names(name, ()):
        try:
            found.append(ip_network(text))
        except ValueError:
            rule = "must be networks such as 10.0.0.0/8,fd00::/8"
            variables.problems.append(f"{name}: {rule}, not {text!r}")
    return tuple(found)


def _origins(variables: Variables) -> tuple[str, ...]:
    """Read origins as browsers send them; none has a path, nor does one stand for all."""
    found = variables.names("SPT_CORS_ORIGINS", ())
    for text in found:
        if _ORIGIN.fullmatch(text) is None:
            rule = "must be origins such as https://notebooks.example.org,http://localhost:8888"
            variables.problems.append(f"SPT_CORS_ORIGINS: {rule}, not {text!r}")
    return found


def _heartbeat(variables: Variables) -> Path | None:
    path = variables.text("SPT_HEARTBEAT", "")
    return Path(path).expanduser().absolute() if path else None


def _token_key(variables: Variables) -> str:
    text = variables.text("SPT_TOKEN_KEY", "")
    try:
        parse_keys(text)
    except ValueError as error:
        variables.problems.append(f"SPT_TOKEN_KEY: {error}")
    return text
