"""The configuration files of the cluster's programs."""

from pathlib import Path

NODE = "lab"
ADDRESS = "10.246.0.1"
"""The node's address, on a bridge: kubelet refuses loopback."""

CLUSTER_IPS = "10.96.0.0/16"
API = f"https://{ADDRESS}:6443"
CGROUP = "spt3g-lab"


def write_files(state: Path) -> None:
    """Write all of them, but the kubeconfigs."""
    (state / "containerd.toml").write_text(_containerd(state))
    (state / "cni" / "10-bridge.conflist").write_text(_network(state))
    # kubelet and kube-proxy take a file that begins with a brace for JSON: block YAML.
    (state / "kubelet.yaml").write_text(_kubelet(state))
    (state / "proxy.yaml").write_text(_proxy(state))
    (state / "Corefile").write_text(_names(state))
    (state / "hosts").touch()


def write_kubeconfig(state: Path, name: str) -> None:
    """Write ``NAME.kubeconfig``, which uses the certificate of that name."""
    pki = state / "pki"
    (state / f"{name}.kubeconfig").write_text(
        f"""apiVersion: v1
kind: Config
current-context: lab
contexts:
  - {{name: lab, context: {{cluster: lab, user: {name}}}}}
clusters:
  - {{name: lab, cluster: {{server: "{API}", certificate-authority: "{pki}/ca.crt"}}}}
users:
  - name: {name}
    user: {{client-certificate: "{pki}/{name}.crt", client-key: "{pki}/{name}.key"}}
"""
    )


def _containerd(state: Path) -> str:
    return f"""version = 2
root = "{state}/containerd/root"
state = "{state}/containerd/state"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.internal.v1.tracing", "io.containerd.internal.v1.opt",
]
[grpc]
  address = "{state}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{state}/cni"
"""


def _network(state: Path) -> str:
    return f"""{{"cniVersion": "1.0.0", "name": "lab", "plugins": [{{
  "type": "bridge", "bridge": "br0", "isGateway": true, "hairpinMode": true,
  "ipam": {{"type": "host-local", "dataDir": "{state}/cni-addresses",
    "ranges": [[{{"subnet": "10.246.0.0/24"}}]], "routes": [{{"dst": "0.0.0.0/0"}}]}}
}}]}}
"""


def _kubelet(state: Path) -> str:
    return f"""apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: {ADDRESS}
readOnlyPort: 0
clusterDomain: cluster.local
clusterDNS: [{ADDRESS}]
authentication:
  anonymous: {{enabled: false}}
  webhook: {{enabled: true}}
  x509: {{clientCAFile: "{state}/pki/ca.crt"}}
authorization: {{mode: Webhook}}
tlsCertFile: "{state}/pki/kubelet.crt"
tlsPrivateKeyFile: "{state}/pki/kubelet.key"
containerRuntimeEndpoint: unix://{state}/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /{CGROUP}
failCgroupV1: false
failSwapOn: false
maxOpenFiles: 20000
oomScoreAdj: 0
podLogsDir: "{state}/pod-logs"
volumePluginDir: "{state}/kubelet/volume-plugins"
evictionHard: {{memory.available: 100Mi, nodefs.available: 1Gi, imagefs.available: 1Gi}}
imageGCHighThresholdPercent: 100
"""


def _proxy(state: Path) -> str:
    # In a network namespace the limits of conntrack are not ours to set.
    return f"""apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
bindAddress: {ADDRESS}
mode: iptables
hostnameOverride: {NODE}
clusterCIDR: 10.246.0.0/24
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
clientConnection: {{kubeconfig: "{state}/proxy.kubeconfig"}}
conntrack: {{maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}}
"""


def _names(state: Path) -> str:
    # Names in the file `hosts` are the world outside: the ingress, the identity provider.
    return f""".:53 {{
  bind {ADDRESS}
  errors
  hosts {state}/hosts {{
    reload 1s
    fallthrough
  }}
  kubernetes cluster.local {{
    kubeconfig {state}/coredns.kubeconfig lab
  }}
}}
"""
