"""Settings: environment variables with the prefix ``SPT_``, read once.

The composition roots call :func:`read_settings`; everything else is handed the
frozen object. A secret may come from a file: ``SPT_X_FILE`` names the file that
holds the value of ``SPT_X``.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path


class SettingsError(Exception):
    """A variable is missing or wrong; the message names it and says what is wanted."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one user may have at a time.

    Attributes
    ----------
    active_jobs
        Jobs that are queued, executing or suspended.
    pending_jobs
        Jobs that are made and not run.
    stored_bytes
        Results on disk; one who has as many or more runs no further job.
    """

    active_jobs: int = 2_000
    pending_jobs: int = 2_000
    stored_bytes: int = 100 * 10**9


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process of the service needs to know.

    Attributes
    ----------
    database_url
        SQLAlchemy URL with an asynchronous driver.
    broker_url
        ``redis://`` or ``unix://`` URL of Redis or Valkey.
    archive, results
        Folders of the maps and of the job packs.
    slots
        Parts that an execute worker cuts at a time, the reserved slot not counted.
    child_memory_bytes
        Cap on the private memory of a cutting child.
    beat_s, dead_s, sweep_s
        Seconds between beats, after which a part that does not beat is given
        back, and between sweeps.
    max_targets
        Most targets that one request may name.
    max_execution_s, default_execution_s
        Cap and default of a job's execution duration [s].
    max_lifetime_s, default_lifetime_s
        Cap and default of the time from creation to destruction [s].
    limits, group_limits
        What a user may have at a time, and what the members of a group may have.
    min_free_bytes, max_ready_parts
        Free space for results and length of the queue at which new work is refused.
    wait_cap_s
        Longest that a blocking request blocks [s].
    token_key
        Secret that signs access tokens, at least 32 bytes.
    allowed_groups, admin_groups
        Groups whose members may use the service, and operate it.
    """

    database_url: str
    broker_url: str
    archive: Path
    results: Path
    host: str = "127.0.0.1"
    port: int = 8080
    base_path: str = ""
    public_url: str = ""
    slots: int = 2
    child_memory_bytes: int = 1 << 30
    beat_s: float = 1.0
    dead_s: float = 20.0
    sweep_s: float = 2.0
    max_targets: int = 100_000
    max_execution_s: int = 86_400
    default_execution_s: int = 14_400
    max_lifetime_s: int = 90 * 86_400
    default_lifetime_s: int = 30 * 86_400
    limits: Limits = Limits()
    group_limits: tuple[tuple[str, Limits], ...] = ()
    min_free_bytes: int = 1 << 30
    max_ready_parts: int = 200_000
    wait_cap_s: float = 50.0
    token_key: str = ""
    allowed_groups: tuple[str, ...] = ("spt3g-users",)
    admin_groups: tuple[str, ...] = ("spt3g-admins",)


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
    return _Reader(os.environ if environ is None else environ).settings()


class _Reader:
    """Collects problems, so that an operator sees all of them at once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[str] = []

    def settings(self) -> Settings:
        base_path = self._base_path()
        port = int(self._number("SPT_PORT", 8080, least=0, most=65535))
        host = self._text("SPT_HOST", "127.0.0.1")
        limits = self._limits()
        settings = Settings(
            database_url=self._database_url(),
            broker_url=self._broker_url(),
            archive=self._folder("SPT_ARCHIVE"),
            results=self._folder("SPT_RESULTS"),
            host=host,
            port=port,
            base_path=base_path,
            public_url=self._text("SPT_PUBLIC_URL", f"http://{host}:{port}").rstrip("/"),
            slots=int(self._number("SPT_SLOTS", min(os.cpu_count() or 1, 8), least=1, most=256)),
            child_memory_bytes=int(self._number("SPT_CHILD_MEMORY_MB", 1024, least=400)) << 20,
            beat_s=self._number("SPT_BEAT_S", 1.0, least=0.05),
            dead_s=self._number("SPT_DEAD_S", 20.0, least=0.5),
            sweep_s=self._number("SPT_SWEEP_S", 2.0, least=0.05),
            max_targets=int(self._number("SPT_MAX_TARGETS", 100_000, least=1)),
            max_execution_s=int(self._number("SPT_MAX_EXECUTION_S", 86_400, least=1)),
            default_execution_s=int(self._number("SPT_DEFAULT_EXECUTION_S", 14_400, least=1)),
            max_lifetime_s=int(self._number("SPT_MAX_LIFETIME_S", 90 * 86_400, least=1)),
            default_lifetime_s=int(self._number("SPT_DEFAULT_LIFETIME_S", 30 * 86_400, least=1)),
            limits=limits,
            group_limits=self._group_limits(limits),
            min_free_bytes=self._size("SPT_MIN_FREE_BYTES", "1Gi"),
            max_ready_parts=int(self._number("SPT_MAX_READY_PARTS", 200_000, least=1)),
            wait_cap_s=self._number("SPT_WAIT_CAP_S", 50.0, least=0, most=110),
            token_key=self._token_key(),
            allowed_groups=self._names("SPT_ALLOWED_GROUPS", ("spt3g-users",)),
            admin_groups=self._names("SPT_ADMIN_GROUPS", ("spt3g-admins",)),
        )
        self._check_relations(settings)
        if self._problems:
            raise SettingsError("; ".join(self._problems))
        return settings

    def _check_relations(self, settings: Settings) -> None:
        if settings.dead_s < 3 * settings.beat_s:
            self._problems.append("SPT_DEAD_S: must be at least three times SPT_BEAT_S")
        if settings.default_execution_s > settings.max_execution_s:
            self._problems.append("SPT_DEFAULT_EXECUTION_S: exceeds SPT_MAX_EXECUTION_S")
        if settings.default_lifetime_s > settings.max_lifetime_s:
            self._problems.append("SPT_DEFAULT_LIFETIME_S: exceeds SPT_MAX_LIFETIME_S")

    def _text(self, name: str, default: str | None = None) -> str:
        from_file = self._environ.get(f"{name}_FILE")
        if from_file and name in self._environ:
            self._problems.append(f"{name}: given both as itself and as {name}_FILE")
        if from_file:
            try:
                return Path(from_file).read_text(encoding="utf-8").strip()
            except OSError as error:
                self._problems.append(f"{name}_FILE: cannot read {from_file}: {error.strerror}")
                return ""
        value = self._environ.get(name, "")
        if value:
            return value
        if default is None:
            self._problems.append(f"{name}: is not set")
            return ""
        return default

    def _number(
        self, name: str, default: float, *, least: float, most: float = float("inf")
    ) -> float:
        text = self._text(name, str(default))
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            upper = "" if most == float("inf") else f" and at most {most:g}"
            self._problems.append(
                f"{name}: must be a number of at least {least:g}{upper}, not {text!r}"
            )
            return default
        return value

    def _size(self, name: str, default: str) -> int:
        text = self._text(name, default)
        size = _bytes(text)
        if size is None:
            self._problems.append(f"{name}: {_SIZE_WANTED}, not {text!r}")
            return 0
        return size

    def _limits(self) -> Limits:
        return Limits(
            active_jobs=int(self._number("SPT_MAX_ACTIVE_JOBS", 2_000, least=1)),
            pending_jobs=int(self._number("SPT_MAX_PENDING_JOBS", 2_000, least=1)),
            stored_bytes=self._size("SPT_MAX_STORED_BYTES", "100G"),
        )

    def _group_limits(self, limits: Limits) -> tuple[tuple[str, Limits], ...]:
        """Read ``GROUP:active=N,pending=N,stored=SIZE;GROUP:…``; what is left out is as for all."""
        groups = [text for text in self._text("SPT_GROUP_LIMITS", "").split(";") if text.strip()]
        return tuple(self._group_limit(text.strip(), limits) for text in groups)

    def _group_limit(self, text: str, limits: Limits) -> tuple[str, Limits]:
        group, _, given = text.rpartition(":")
        values = {}
        for word in given.split(","):
            name, _, value = (each.strip() for each in word.partition("="))
            size = _bytes(value) if name == "stored" else _count(value)
            if not group or name not in _LIMIT_FIELDS or size is None:
                self._problems.append(f"SPT_GROUP_LIMITS: {_GROUP_WANTED}, not {text!r}")
                break
            values[_LIMIT_FIELDS[name]] = size
        return group.strip(), replace(limits, **values)

    def _names(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        text = self._text(name, ",".join(default))
        return tuple(part.strip() for part in text.split(",") if part.strip())

    def _folder(self, name: str) -> Path:
        return Path(self._text(name)).expanduser().absolute()

    def _database_url(self) -> str:
        url = self._text("SPT_DATABASE_URL")
        if url and not url.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
            self._problems.append(
                "SPT_DATABASE_URL: must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://"
            )
        return url

    def _broker_url(self) -> str:
        url = self._text("SPT_BROKER_URL")
        if url and not url.startswith(("redis://", "rediss://", "unix://")):
            self._problems.append("SPT_BROKER_URL: must begin with redis://, rediss:// or unix://")
        return url

    def _base_path(self) -> str:
        path = self._text("SPT_BASE_PATH", "").rstrip("/")
        if path and not path.startswith("/"):
            self._problems.append(f"SPT_BASE_PATH: must begin with a slash, not {path!r}")
        return path

    def _token_key(self) -> str:
        key = self._text("SPT_TOKEN_KEY", "")
        if key and len(key.encode()) < 32:
            self._problems.append("SPT_TOKEN_KEY: must be at least 32 bytes long")
        return key


_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_UNITS |= {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40}
_SIZE_WANTED = "must be a number of bytes, as 5000000000, 5G or 5Gi"
_LIMIT_FIELDS = {"active": "active_jobs", "pending": "pending_jobs", "stored": "stored_bytes"}
_GROUP_WANTED = "must be like GROUP:active=500,pending=500,stored=1T;GROUP:active=50"


def _bytes(text: str) -> int | None:
    """Read a number of bytes; units as Kubernetes spells them."""
    match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,9})?)([KMGT]i?)?", text, re.ASCII)
    return None if match is None else int(float(match[1]) * _UNITS[match[2] or ""])


def _count(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[1-9]\d{0,8}", text, re.ASCII) else None
