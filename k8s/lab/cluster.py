"""A Kubernetes of one real node, in a network namespace of its own: up, and down without a trace.

Control plane, containerd, kubelet, kube-proxy, CoreDNS and kube-router, which enforces the
NetworkPolicies, run as processes of this machine. Nothing is reached from outside the namespace,
and nothing of the machine's own network is touched.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from k8s.lab.certificates import make_authority, make_service_account_key, sign
from k8s.lab.files import ADDRESS, CGROUP, CLUSTER_IPS, NODE, write_files, write_kubeconfig
from k8s.lab.images import saving
from k8s.lab.processes import ENTER, NAMESPACE, LabError, run, start, stop, wait_for

_FIRST_CLUSTER_IP = CLUSTER_IPS.replace(".0/16", ".1")
_SERVER_NAMES = (
    f"IP:{ADDRESS},IP:127.0.0.1,IP:{_FIRST_CLUSTER_IP},"
    "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc"
)
_CLIENTS = {
    "admin": "/O=system:masters/CN=admin",
    "manager": "/CN=system:kube-controller-manager",
    "scheduler": "/CN=system:kube-scheduler",
    "proxy": "/CN=system:kube-proxy",
    "coredns": "/O=system:masters/CN=coredns",
    "kube-router": "/O=system:masters/CN=kube-router",
}


def state_folder() -> Path:
    """``SPT_LAB``, or a folder with a short path: sockets' names are limited."""
    return Path(os.environ.get("SPT_LAB") or "/var/tmp/spt3g-lab").absolute()  # noqa: S108 - root's


@dataclass(frozen=True)
class Cluster:
    """Where the cluster keeps its state, and where its programs and kubectl are."""

    state: Path
    programs: Path
    kubectl: Path

    def up(self, *images: str) -> None:
        """Start everything and wait until the node is ready, with images that all of it needs."""
        if self.state.exists():
            raise LabError(f"{self.state} is there: take the cluster down first")
        for name in ("pki", "log", "pid", "cni", "containerd", "kubelet", "pod-logs"):
            (self.state / name).mkdir(parents=True)
        self._make_network()
        self._make_certificates()
        write_files(self.state)
        _make_cgroups()
        self._start_api_server()
        self._start_containerd()
        self.load(*images)
        # Before that it knows no roles, and the controllers would end.
        wait_for("the API server", *self.kubectl_command("get", "--raw", "/readyz"))
        self._start_controllers()
        self._start_node()
        default = ("-n", "default", "get", "serviceaccount", "default")
        wait_for("the namespace default", *self.kubectl_command(*default))
        wait_for("the node", *self.kubectl_command("get", "node", NODE))
        self.kube("wait", "--for=condition=Ready", f"node/{NODE}", "--timeout=240s")
        self._start_policies()

    def down(self) -> None:
        """End every process by its id, and remove what they left."""
        for name in ("nginx", "kubelet", "kube-router", "proxy", "coredns"):
            stop(self.state, name)
        self._end_containers()
        for name in ("containerd", "manager", "scheduler", "apiserver", "etcd"):
            stop(self.state, name)
        for mount in _mounts_below(self.state):
            subprocess.run(["umount", "-l", mount], check=False)
        _remove_networks()
        _remove_cgroups()
        shutil.rmtree(self.state, ignore_errors=True)

    def kube(self, *arguments: str | Path, stdin: str | None = None) -> str:
        """Run kubectl as administrator."""
        return run(*self.kubectl_command(*arguments), stdin=stdin)

    def kubectl_command(self, *arguments: str | Path) -> list[str | Path]:
        """Give the command line of kubectl as administrator."""
        config = self.state / "admin.kubeconfig"
        return [*ENTER, self.kubectl, "--kubeconfig", config, *arguments]

    def load(self, *images: str) -> None:
        """Copy images that were built here into the node, what they share but once."""
        with saving(*images) as archive:
            taking = subprocess.run(
                self._ctr("images", "import", "-"), stdin=archive, capture_output=True, check=False
            )
        if taking.returncode:
            raise LabError(f"{images} cannot be loaded: {taking.stderr.decode()}")

    def _ctr(self, *arguments: str) -> list[str]:
        return ["ctr", "-a", f"{self.state}/containerd.sock", "-n", "k8s.io", *arguments]

    def _make_network(self) -> None:
        run("ip", "netns", "add", NAMESPACE)
        for words in (
            "ip link set lo up",
            "ip link add br0 type bridge",
            f"ip addr add {ADDRESS}/24 dev br0",
            "ip link set br0 up",
            "ip route add default dev br0",
            "sysctl -qw net.ipv4.ip_forward=1",
            # Packets between pods, which the bridge switches, meet the rules of the policies.
            "sysctl -qw net.bridge.bridge-nf-call-iptables=1",
        ):
            run(*ENTER, *words.split())

    def _make_certificates(self) -> None:
        pki = self.state / "pki"
        make_authority(pki)
        sign(pki, "apiserver", "/CN=kube-apiserver", _SERVER_NAMES)
        sign(pki, "kubelet", f"/O=system:nodes/CN=system:node:{NODE}", f"IP:{ADDRESS},DNS:{NODE}")
        for name, subject in _CLIENTS.items():
            sign(pki, name, subject)
        for name in ("kubelet", *_CLIENTS):
            write_kubeconfig(self.state, name)
        make_service_account_key(pki)

    def _start_api_server(self) -> None:
        pki = self.state / "pki"
        data = ("--data-dir", self.state / "etcd", "--unsafe-no-fsync", "--log-level", "error")
        start(self.state, "etcd", [self.programs / "etcd", *data])
        self._kube(
            "apiserver", "kube-apiserver",
            "--etcd-servers=http://127.0.0.1:2379", "--bind-address=0.0.0.0",
            f"--advertise-address={ADDRESS}", "--secure-port=6443",
            f"--client-ca-file={pki}/ca.crt",
            f"--tls-cert-file={pki}/apiserver.crt", f"--tls-private-key-file={pki}/apiserver.key",
            f"--kubelet-client-certificate={pki}/admin.crt",
            f"--kubelet-client-key={pki}/admin.key",
            f"--kubelet-certificate-authority={pki}/ca.crt",
            "--kubelet-preferred-address-types=InternalIP",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={pki}/sa.pub",
            f"--service-account-signing-key-file={pki}/sa.key",
            f"--service-cluster-ip-range={CLUSTER_IPS}", "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
        )  # fmt: skip

    def _start_controllers(self) -> None:
        pki = self.state / "pki"
        self._kube(
            "manager", "kube-controller-manager", *self._as("manager"),
            f"--service-account-private-key-file={pki}/sa.key",
            f"--root-ca-file={pki}/ca.crt", "--use-service-account-credentials",
            f"--cluster-signing-cert-file={pki}/ca.crt", f"--cluster-signing-key-file={pki}/ca.key",
        )  # fmt: skip
        self._kube("scheduler", "kube-scheduler", *self._as("scheduler"))

    def _as(self, name: str) -> list[str]:
        config = f"{self.state}/{name}.kubeconfig"
        given = ("kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig")
        return [f"--{flag}={config}" for flag in given] + [
            "--bind-address=127.0.0.1", "--leader-elect=false",
        ]  # fmt: skip

    def _kube(self, name: str, *words: str) -> None:
        start(self.state, name, [self.programs / "kube", *words])

    def _start_containerd(self) -> None:
        start(self.state, "containerd", ["containerd", "-c", self.state / "containerd.toml"])
        wait_for("containerd", *self._ctr("version"))

    def _start_node(self) -> None:
        self._kube(
            "kubelet", "kubelet", f"--config={self.state}/kubelet.yaml",
            f"--kubeconfig={self.state}/kubelet.kubeconfig", f"--root-dir={self.state}/kubelet",
            f"--hostname-override={NODE}", f"--node-ip={ADDRESS}",
        )  # fmt: skip
        self._kube("proxy", "kube-proxy", f"--config={self.state}/proxy.yaml")
        start(self.state, "coredns", [self.programs / "coredns", "-conf", self.state / "Corefile"])

    def _start_policies(self) -> None:
        """Enforce NetworkPolicies from here on: the controller needs the node's address."""
        words = [
            f"--kubeconfig={self.state}/kube-router.kubeconfig", f"--hostname-override={NODE}",
            f"--service-cluster-ip-range={CLUSTER_IPS}",
        ]  # fmt: skip
        start(self.state, "kube-router", [self.programs / "kube-router", *words])
        ready = ("iptables", "-w", "-n", "-L", "KUBE-ROUTER-FORWARD")
        wait_for("the enforcement of NetworkPolicies", *ENTER, *ready)

    def _end_containers(self) -> None:
        """Kill what kubelet left running, while containerd can still say what that is."""
        for words in (("tasks", "kill", "-s", "KILL"), ("tasks", "rm", "-f"), ("c", "rm")):
            listing = self._ctr(words[0], "ls", "-q")
            found = subprocess.run(listing, capture_output=True, text=True, check=False).stdout
            for container in found.split():
                subprocess.run(self._ctr(*words, container), capture_output=True, check=False)


def _make_cgroups() -> None:
    """Make the cgroup of the kubelet in every hierarchy, that of systemd's name too."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, kind, *_ = line.split()
        if kind != "cgroup":
            continue
        folder = Path(place, CGROUP)
        folder.mkdir(exist_ok=True)
        for name in ("cpuset.cpus", "cpuset.mems"):
            # A new cpuset is empty, and holds no process until it has both.
            if (folder / name).exists():
                (folder / name).write_text(Path(place, name).read_text())


def _remove_cgroups() -> None:
    for root in Path("/sys/fs/cgroup").glob(f"*/{CGROUP}"):
        folders = [path for path in root.rglob("*") if path.is_dir()]
        for folder in (*sorted(folders, reverse=True), root):
            try:
                folder.rmdir()
            except OSError as error:
                print(f"{folder} stays: {error.strerror}")


def _mounts_below(folder: Path) -> list[str]:
    places = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    return sorted((place for place in places if place.startswith(f"{folder}/")), reverse=True)


def _remove_networks() -> None:
    """Delete the pods' network namespaces that nobody deleted, and the lab's own."""
    for path in Path("/run/netns").glob("cni-*"):
        shown = ["nsenter", f"--net={path}", "ip", "-4", "-o", "addr"]
        said = subprocess.run(shown, capture_output=True, text=True, check=False).stdout
        if f" {ADDRESS.rpartition('.')[0]}." in said:
            subprocess.run(["ip", "netns", "del", path.name], check=False)
    subprocess.run(["ip", "netns", "del", NAMESPACE], capture_output=True, check=False)
