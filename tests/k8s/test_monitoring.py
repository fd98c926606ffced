"""What Prometheus finds in a release: alert rules, pods that tell, and who may ask them."""

import re

from tests.k8s.rendering import Object, find, objects, pods
from tests.support.scraping import documented_names

MONITORED = "--set=metrics.monitor.enabled=true,alerts.enabled=true"


def test_alerts_are_of_this_release_only(which: str, release: str) -> None:
    found = find(objects(which, release, "--set=alerts.enabled=true"), "PrometheusRule", release)
    (group,) = found["spec"]["groups"]
    assert len(group["rules"]) == 19
    for rule in group["rules"]:
        assert f'namespace="{release}"' in rule["expr"], rule["alert"]
        assert rule["expr"].count("{") == rule["expr"].count("}") > 0
        assert rule["annotations"]["summary"]
    assert not [e for e in objects(which, release) if e["kind"] == "PrometheusRule"]


def test_alerts_use_names_that_the_programs_tell(which: str) -> None:
    rule = find(objects(which, "spt-api-server", MONITORED), "PrometheusRule", "spt-api-server")
    text = " ".join(each["expr"] for each in rule["spec"]["groups"][0]["rules"])
    used = set(re.findall(r"\bspt(?:api|jobs)?_[a-z_]+", text))
    assert len(used) >= 9
    assert used <= documented_names()


def selected(found: Object, every: list[Object]) -> set[str]:
    """Name the component of each pod that a selector chooses."""
    selector = found["spec"].get("selector") or found["spec"]["podSelector"]["matchLabels"]
    return {
        pod.labels["app.kubernetes.io/component"]
        for pod in pods(every)
        if selector.items() <= pod.labels.items()
    }


def test_the_monitor_finds_the_three_programs_and_no_other_pod(which: str, release: str) -> None:
    found = objects(which, release, MONITORED)
    service = find(found, "Service", f"{release}-metrics")
    monitor = find(found, "ServiceMonitor", release)
    assert (
        monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    )
    assert selected(service, found) == {"api", "control", "execute"}
    assert [each["port"] for each in monitor["spec"]["endpoints"]] == ["metrics"]
    for pod in pods(found):
        if "spt3g.org/metrics" in pod.labels:
            ports = {p["name"]: p["containerPort"] for p in pod.spec["containers"][0]["ports"]}
            settings = find(found, "ConfigMap", release)["data"]
            assert str(ports["metrics"]) == settings["SPT_METRICS_PORT"]


def test_only_the_monitoring_may_ask_and_no_ingress_leads_there(which: str, release: str) -> None:
    found = objects(which, release)
    policy = find(found, "NetworkPolicy", f"{release}-metrics")
    assert selected(policy, found) == {"api", "control", "execute"}
    ((rule),) = policy["spec"]["ingress"]
    assert rule["from"] == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    ]
    assert rule["ports"] == [{"port": 9090}]
    for each in found:
        if each["kind"] == "NetworkPolicy" and each is not policy:
            allowed = [p for i in each["spec"].get("ingress", []) for p in i.get("ports", [])]
            assert {"port": 9090} not in allowed
        if each["kind"] == "Ingress":
            assert "metrics" not in str(each["spec"])
        if each["kind"] == "Service" and each["metadata"]["name"] == release:
            assert [port["name"] for port in each["spec"]["ports"]] == ["http"]


def test_without_metrics_there_is_nothing_of_them(which: str) -> None:
    found = objects(which, "spt-api-server", MONITORED, "--set=metrics.enabled=false")
    rule = find(found, "PrometheusRule", "spt-api-server")
    rest = [each for each in found if each is not rule]
    assert not [each for each in rest if "metrics" in str(each)]
    assert "SPT_METRICS_PORT" not in str(found)
    assert "spt_database_up" not in str(rule)
