"""An ingress controller made of Debian's nginx: configured from the cluster's Ingress objects."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from k8s.lab.certificates import sign
from k8s.lab.cluster import Cluster
from k8s.lab.files import ADDRESS
from k8s.lab.processes import ENTER, LabError, run, start, stop, until

_PREFIX = "nginx.ingress.kubernetes.io/"
_DIRECTIVES = {
    "proxy-body-size": "client_max_body_size {}",
    "proxy-read-timeout": "proxy_read_timeout {}s",
    "proxy-send-timeout": "proxy_send_timeout {}s",
    "proxy-buffering": "proxy_buffering {}",
    "proxy-request-buffering": "proxy_request_buffering {}",
}


@dataclass
class Ingress:
    """The controller of a cluster, and hosts that are served beside it.

    Attributes
    ----------
    beside
        Address behind each host that no Ingress object names.
    """

    cluster: Cluster
    beside: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Begin to serve."""
        for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
            (self.cluster.state / "nginx" / name).mkdir(parents=True, exist_ok=True)
        self._write()
        start(self.cluster.state, "nginx", ["nginx", *self._flags(), "-g", "daemon off;"])

    def reload(self) -> None:
        """Serve what the Ingress objects say now, and make their hosts known to all."""
        self._write()
        before = self._workers()
        run(*ENTER, "nginx", *self._flags(), "-s", "reload")
        # The command does not wait, and until then hosts are unknown.
        if not until(lambda: not before & self._workers() and bool(self._workers()), 60):
            raise LabError("nginx goes on serving what it served before")

    def stop(self) -> None:
        """End it."""
        stop(self.cluster.state, "nginx")

    def _workers(self) -> set[int]:
        """Give the ids of the processes that accept connections."""
        master = (self.cluster.state / "nginx/pid").read_text().strip()
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return {int(pid) for pid in children if b"shutting down" not in _command_of(pid)}

    def _flags(self) -> list[str]:
        return ["-c", f"{self.cluster.state}/nginx.conf", "-p", f"{self.cluster.state}/nginx"]

    def _write(self) -> None:
        servers = defaultdict(
            list, {host: [_location("/", at, {})] for host, at in self.beside.items()}
        )
        for each in json.loads(self.cluster.kube("get", "ingress", "-A", "-o", "json"))["items"]:
            for host, location in self._locations(each):
                servers[host].append(location)
        names = ",".join(f"DNS:{host}" for host in sorted(servers)) or "DNS:nobody"
        sign(self.cluster.state / "pki", "ingress", "/CN=ingress", names)
        lines = ["127.0.0.1 localhost\n", *(f"{ADDRESS} {host}\n" for host in servers)]
        (self.cluster.state / "hosts").write_text("".join(lines))
        text = self._configuration({host: "\n".join(found) for host, found in servers.items()})
        (self.cluster.state / "nginx.conf").write_text(text)

    def _locations(self, ingress: dict[str, Any]) -> list[tuple[str, str]]:
        namespace = ingress["metadata"]["namespace"]
        annotations = ingress["metadata"].get("annotations", {})
        found = []
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                at = self._address(namespace, path["backend"]["service"])
                found.append((rule["host"], _location(path["path"], at, annotations)))
        return found

    def _address(self, namespace: str, backend: dict[str, Any]) -> str:
        text = self.cluster.kube("-n", namespace, "get", "service", backend["name"], "-o", "json")
        spec = json.loads(text)["spec"]
        (port,) = (
            each["port"] for each in spec["ports"] if each["name"] == backend["port"]["name"]
        )
        return f"{spec['clusterIP']}:{port}"

    def _configuration(self, servers: dict[str, str]) -> str:
        state = self.cluster.state
        blocks = [
            f"  server {{\n    listen {ADDRESS}:443 ssl;\n    server_name {host};\n{found}\n  }}\n"
            for host, found in servers.items()
        ]
        return f"""worker_processes 1;
pid {state}/nginx/pid;
error_log {state}/log/nginx-error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {state}/nginx/body;
  proxy_temp_path {state}/nginx/proxy;
  fastcgi_temp_path {state}/nginx/fastcgi;
  uwsgi_temp_path {state}/nginx/uwsgi;
  scgi_temp_path {state}/nginx/scgi;
  ssl_certificate {state}/pki/ingress.crt;
  ssl_certificate_key {state}/pki/ingress.key;
  map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
{"".join(blocks)}}}
"""


def _command_of(pid: str) -> bytes:
    """Read what a process calls itself, nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _location(path: str, at: str, annotations: dict[str, str]) -> str:
    """Write what a path of type Prefix is: the path itself, and what is below it."""
    given = [
        directive.format(annotations[_PREFIX + name])
        for name, directive in _DIRECTIVES.items()
        if _PREFIX + name in annotations
    ]
    body = [
        f"proxy_pass http://{at}",
        "proxy_http_version 1.1",
        "proxy_set_header Host $host",
        "proxy_set_header X-Forwarded-For $remote_addr",
        "proxy_set_header X-Forwarded-Proto https",
        "proxy_set_header X-Forwarded-Host $host",
        "proxy_set_header X-Forwarded-Port 443",
        "proxy_set_header Upgrade $http_upgrade",
        "proxy_set_header Connection $connection_upgrade",
        *given,
    ]
    places = ["/"] if path == "/" else [f"= {path}", f"{path}/"]
    inner = " ".join(f"{line};" for line in body)
    return "\n".join(f"    location {place} {{ {inner} }}" for place in places)
