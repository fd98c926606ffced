"""What the chart gives: the right objects, whole, and apart from release to release."""

import json
import re
import subprocess
import sys
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import sptjobs
from k8s.charts.describe import described
from sptapi.auth.access_tokens import KeySet
from sptapi.browser.cookies import CookieNames
from sptapi.middlewares.addresses import client_address
from sptapi.server import _SHUTDOWN_S
from sptapi.services.sign_in import sealer
from sptjobs.execution.executor import _IDLE_TIMEOUT_S
from sptjobs.settings import SignInSettings, read_settings
from sptjobs.worker.worker_process import _STOP_MS
from tests.architecture.test_configuration import ONE_MACHINE, read_by_the_programs
from tests.k8s.rendering import CHART, RELEASES, ROOT, find, helm, objects, pods, text_of

ADDRESSES = {
    "SPT_DATABASE_URL": "postgresql+asyncpg://db/spt",
    "SPT_BROKER_URL": "redis://broker:6379/0",
}
"""What the ConfigMap does not hold, because it is secret."""
OWN_DATA = ("--set=postgresql.enabled=true", "--set=redis.enabled=true")


def test_lint_finds_nothing(which: str, release: str) -> None:
    done = helm(which, "lint", release, "--strict")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[WARNING]" not in done.stdout


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("config.devMode.enabled=maybe", "boolean"),
        ("config.settings.SPT_UNKNOWN=1", "SPT_UNKNOWN"),
        ("config.settings.SPT_MAX_TARGETS=7", "SPT_MAX_TARGETS"),
        ("api.replica=3", "replica"),
        ("execute.slots=0", "slots"),
        ("image.pullPolicy=Sometimes", "pullPolicy"),
        ("config.publicUrl=spt3g.example.org", "publicUrl"),
        ("config.settings.SPT_TRUSTED_PROXIES=", "share one limit of rates"),
    ],
)
def test_a_value_that_is_unknown_or_wrong_is_refused_by_name(
    which: str, change: str, message: str
) -> None:
    done = helm(which, "template", "spt-api-server", "--set", change)
    assert done.returncode != 0
    assert message in done.stderr


def test_clients_behind_the_chart_s_own_ingress_are_distinguished(which: str, release: str) -> None:
    found = objects(which, release)
    (ingress,) = [
        each
        for each in found
        if each["kind"] == "Ingress" and not each["metadata"]["name"].endswith("-web-app")
    ]
    assert ingress
    (settings,) = [each["data"] for each in found if "SPT_TRUSTED_PROXIES" in each.get("data", {})]
    trusted = read_settings(ADDRESSES | settings).trusted_proxies
    for pod in ("10.42.3.7", "172.20.1.1", "192.168.5.5", "100.64.0.9", "fd00::7"):
        for client in ("203.0.113.9", "2001:db8::1"):
            assert client_address(pod, [client], trusted) == client


def test_without_an_ingress_of_its_own_no_proxy_need_be_named(which: str) -> None:
    without = ("--set=ingress.enabled=false", "--set=config.settings.SPT_TRUSTED_PROXIES=")
    assert helm(which, "template", "spt-api-server", *without).returncode == 0


def test_both_helms_render_the_same(release: str) -> None:
    assert objects("helm 3", release) == objects("helm 4", release)


def test_rendering_twice_gives_the_same(which: str, release: str) -> None:
    again = helm(which, "template", release)
    assert again.stdout == text_of(which, release)


def test_production_serves_the_static_build_and_developers_get_a_server_of_their_own(
    which: str,
) -> None:
    for release in RELEASES:
        named = [
            each["kind"]
            for each in objects(which, release)
            if each["metadata"]["name"].endswith("-web-app")
        ]
        wanted = [] if release == "spt-api-server" else ["Deployment", "Ingress", "Service"]
        assert sorted(named) == wanted


def test_development_mode_splits_the_web_app_from_the_api(which: str) -> None:
    found = objects(which, "spt-api-server-dev2")
    paths = {
        each["metadata"]["name"]: (path["path"], path["backend"]["service"]["name"])
        for each in found
        if each["kind"] == "Ingress"
        for rule in each["spec"]["rules"]
        for path in rule["http"]["paths"]
    }
    web = "spt-api-server-dev2-web-app"
    assert paths == {
        "spt-api-server-dev2": ("/", "spt-api-server-dev2"),
        web: ("/app/cutout", web),
    }


def test_releases_differ_in_all_that_must_not_be_shared(which: str) -> None:
    seen: dict[str, set[str]] = {}
    for release in RELEASES:
        found = objects(which, release)
        settings = find(found, "ConfigMap", release)["data"]
        hosts = {
            rule["host"]
            for each in found
            if each["kind"] == "Ingress"
            for rule in each["spec"]["rules"]
        }
        (host,) = hosts
        assert settings["SPT_PUBLIC_URL"] == f"https://{host}"
        own = {"host": host, "issuer": settings["SPT_PUBLIC_URL"], "secret": secrets(found)}
        for what, value in own.items():
            assert value not in seen.setdefault(what, set())
            seen[what].add(value)


def test_no_cookie_of_a_release_is_of_any_use_to_another(which: str) -> None:
    settings = {
        release: replace(
            read_settings(find(objects(which, release), "ConfigMap", release)["data"] | ADDRESSES),
            # The worst case: somebody gave all of them the same key.
            sign_in=SignInSettings(issuer="https://keycloak.example.org", session_key="k" * 32),
        )
        for release in RELEASES
    }
    cookies = set()
    for mine in settings.values():
        names = CookieNames.of(mine)
        host = urlsplit(mine.public_url).hostname
        cookies |= {(host, names.session), (host, names.attempt)}
        # Browsers give a cookie of this prefix to the very host that set it, over TLS only.
        assert names.session.startswith("__Host-")
        assert names.attempt.startswith("__Host-")
        assert names.flags["secure"]
        sealed = sealer(mine, "session").seal({"session": "s"})
        opened = [other for other in settings.values() if sealer(other, "session").open(sealed)]
        assert opened == [mine]
    assert len(cookies) == 2 * len(RELEASES)


def secrets(found: list[dict[str, object]]) -> str:
    (named,) = set(re.findall(r"'secretName': '([\w-]+)'", str(list(pods(found)))))
    return str(named)


def test_selectors_and_services_find_their_pods(which: str, release: str) -> None:
    found = objects(which, release)
    all_pods = list(pods(found))
    for each in found:
        spec = each.get("spec", {})
        chosen = spec.get("selector", {}) if each["kind"] != "PersistentVolumeClaim" else {}
        labels = chosen.get("matchLabels", chosen)
        if not labels:
            continue
        matched = [pod for pod in all_pods if labels.items() <= pod.labels.items()]
        # That for metrics alone is of several programs.
        several = each["metadata"]["name"] == f"{release}-metrics"
        assert len(matched) == (3 if several else 1), each["metadata"]["name"]
        for port in spec.get("ports", []):
            for pod in matched:
                names = {p["name"] for c in pod.containers() for p in c.get("ports", [])}
                assert port["targetPort"] in names
        if "template" in spec:
            assert labels.items() <= spec["template"]["metadata"]["labels"].items()


def test_every_reference_resolves_or_is_the_documented_secret(which: str, release: str) -> None:
    found = objects(which, release)
    there = {(each["kind"], each["metadata"]["name"]) for each in found}
    for pod in pods(found):
        for volume in pod.spec.get("volumes", []):
            if claim := volume.get("persistentVolumeClaim"):
                assert ("PersistentVolumeClaim", claim["claimName"]) in there
            if secret := volume.get("secret"):
                assert secret["secretName"] == f"{release}-secrets"
        for container in pod.containers():
            for source in container.get("envFrom", []):
                assert ("ConfigMap", source["configMapRef"]["name"]) in there
            names = {volume["name"] for volume in pod.spec.get("volumes", [])}
            names |= {
                each["metadata"]["name"]
                for each in pod.owner["spec"].get("volumeClaimTemplates", [])
            }
            assert {mount["name"] for mount in container.get("volumeMounts", [])} <= names
    for each in found:
        for rule in each["spec"].get("rules", []) if each["kind"] == "Ingress" else []:
            for path in rule["http"]["paths"]:
                assert ("Service", path["backend"]["service"]["name"]) in there
    document = (CHART.parents[2] / "docs/deployment.md").read_text("utf-8")
    assert "-secrets" in document


def test_a_hook_needs_nothing_that_the_release_itself_makes(which: str) -> None:
    found = objects(which, "spt-api-server")
    (hook,) = [pod for pod in pods(found) if pod.name == "Job spt-api-server-migrate"]
    assert "pre-install" in hook.owner["metadata"]["annotations"]["helm.sh/hook"]
    assert all("envFrom" not in container for container in hook.containers())
    assert all("persistentVolumeClaim" not in volume for volume in hook.spec["volumes"])


def test_a_change_of_the_settings_replaces_pods_and_nothing_else_does(which: str) -> None:
    def checksums(*more: str) -> set[str]:
        return {
            pod.owner["spec"]["template"]["metadata"]["annotations"]["checksum/settings"]
            for pod in pods(objects(which, "spt-api-server", *more))
            if pod.owner["kind"] == "Deployment"
        }

    before = checksums()
    assert len(before) == 1
    assert checksums("--set-string", "config.settings.SPT_MAX_TARGETS=5") != before
    assert checksums("--set", "api.replicas=5") == before


def test_every_setting_that_the_programs_read_is_in_the_chart_and_back(which: str) -> None:
    values = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    config = values["properties"]["config"]["properties"]["settings"]["properties"]
    # Secrets that a site may have come after those that each has.
    secrets = ("keys[5]=SPT_OIDC_GROUPS_CLIENT_SECRET", "controlKeys={SPT_SMTP_URL}")
    given = ["--set=config.basePath=/x", *(f"--set=secret.{each}" for each in secrets)]
    given += [f"--set-string=config.settings.{name}=x" for name in config]
    found = objects(which, "spt-api-server", *given)
    settings = set(find(found, "ConfigMap", "spt-api-server")["data"])
    for pod in pods(found):
        for container in pod.containers():
            names = {each["name"] for each in container.get("env", [])}
            settings |= {name.removesuffix("_FILE") for name in names - {"HOME", "SSL_CERT_FILE"}}
    assert settings == read_by_the_programs() - ONE_MACHINE
    assert set(config) <= settings


def test_workers_get_no_secret_that_only_the_api_needs(which: str, release: str) -> None:
    for pod in pods(objects(which, release)):
        keys = {
            item["key"]
            for volume in pod.spec.get("volumes", [])
            for item in volume.get("secret", {}).get("items", [])
        }
        if pod.name != f"Deployment {release}" and "spt-" in pod.containers()[0]["image"]:
            assert keys <= {"SPT_DATABASE_URL", "SPT_BROKER_URL"}, pod.name
        assert not [e for c in pod.containers() for e in c.get("env", []) if "valueFrom" in e]


def test_pods_get_the_time_that_they_need_to_end(which: str, release: str) -> None:
    found = {pod.name: pod for pod in pods(objects(which, release))}
    grace = "terminationGracePeriodSeconds"
    for role in ("control", "execute"):
        pod = found[f"Deployment {release}-{role}"]
        assert pod.spec[grace] > _IDLE_TIMEOUT_S + _STOP_MS / 1000 + 5
    api = found[f"Deployment {release}"]
    paused = api.containers()[-1]["lifecycle"]["preStop"]["exec"]["command"][-1]
    assert api.spec[grace] > float(paused) + _SHUTDOWN_S + 5


@pytest.mark.parametrize(("slots", "cap"), [(1, 400), (2, 1024), (16, 2048)])
def test_children_at_their_caps_fit_into_the_workers_limit(
    which: str, slots: int, cap: int
) -> None:
    change = f"--set=execute.slots={slots},execute.childMemoryMiB={cap}"
    found = objects(which, "spt-api-server", change)
    settings = find(found, "ConfigMap", "spt-api-server")["data"]
    assert (settings["SPT_SLOTS"], settings["SPT_CHILD_MEMORY_MB"]) == (str(slots), str(cap))
    deployment = find(found, "Deployment", "spt-api-server-execute")
    limits = deployment["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]
    assert int(limits["memory"].removesuffix("Mi")) >= (slots + 1) * cap + 256


def test_scaling_by_itself_leaves_the_number_of_replicas_alone(which: str) -> None:
    change = "--set=api.autoscaling.enabled=true,execute.autoscaling.enabled=true"
    found = objects(which, "spt-api-server", change)
    for name in ("spt-api-server", "spt-api-server-execute"):
        assert "replicas" not in find(found, "Deployment", name)["spec"]
    scaled = find(found, "ScaledObject", "spt-api-server-execute")["spec"]
    assert scaled["minReplicaCount"] >= 1
    assert find(found, "HorizontalPodAutoscaler", "spt-api-server")
    find(found, "TriggerAuthentication", "spt-api-server-execute")


def test_development_releases_are_not_scaled_under_okteto(which: str) -> None:
    for release in ("spt-api-server-dev1", "spt-api-server-dev2"):
        kinds = {each["kind"] for each in objects(which, release)}
        assert not kinds & {"HorizontalPodAutoscaler", "ScaledObject"}


def test_the_chart_has_the_version_of_the_programs() -> None:
    text = (CHART / "Chart.yaml").read_text("utf-8")
    assert f"appVersion: {sptjobs.__version__}\n" in text


@pytest.mark.parametrize("file", ["README.md", "values.schema.json"])
def test_what_is_made_of_the_values_is_current(file: str) -> None:
    path = CHART / file
    assert path.read_text("utf-8") == described(CHART)[path], "run `make chart-files`"


def test_the_schema_is_closed_at_every_level() -> None:
    def levels(schema: dict[str, object], at: str) -> None:
        for name, below in dict(schema["properties"]).items():  # type: ignore[call-overload]
            if "properties" in below:
                assert below["additionalProperties"] is False, f"{at}.{name}"
                levels(below, f"{at}.{name}")

    root = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    assert root["additionalProperties"] is False
    levels(root, "")


def test_no_secret_is_made_or_written_by_the_chart(which: str, release: str) -> None:
    assert not [each for each in objects(which, release) if each["kind"] == "Secret"]
    for path in Path(CHART).rglob("*.yaml"):
        assert "randAlpha" not in path.read_text("utf-8")


@pytest.mark.parametrize("own", [True, False])
def test_the_secret_that_is_made_for_a_release_has_all_that_its_pods_read(own: bool) -> None:
    data = ["--own-data"] if own else ["--database-url=postgresql+asyncpg://a", "--broker-url=b"]
    command = [sys.executable, str(ROOT / "k8s/new_secret.py"), "spt-api-server", *data]
    made = [json.loads(subprocess.check_output(command)) for _ in range(2)]
    found = objects("helm 4", "spt-api-server", *(OWN_DATA if own else ()))
    wanted = {
        item["key"]
        for pod in pods(found)
        for volume in pod.spec.get("volumes", [])
        for item in volume.get("secret", {}).get("items", [])
    }
    assert wanted == made[0]["data"].keys()
    assert made[0]["metadata"] == {"name": secrets(found), "namespace": "spt-api-server"}
    assert made[0]["data"]["SPT_TOKEN_KEY"] != made[1]["data"]["SPT_TOKEN_KEY"]
    settings = {name: b64decode(value).decode() for name, value in made[0]["data"].items()}
    assert KeySet.of(settings["SPT_TOKEN_KEY"]) is not None
    assert len(settings["SPT_SESSION_KEY"]) >= 32


@pytest.mark.parametrize(("slots", "room"), [(2, 2048), (5, 3000)])
def test_an_unpacked_map_of_every_child_fits_into_tmp(which: str, slots: int, room: int) -> None:
    change = f"--set=execute.slots={slots},execute.childTmpMiB={room}"
    found = objects(which, "spt-api-server", change)
    deployment = find(found, "Deployment", "spt-api-server-execute")
    (tmp,) = [v for v in deployment["spec"]["template"]["spec"]["volumes"] if v["name"] == "tmp"]
    # The biggest map, 18,500 by 9,600 pixels, has 1.4 GB of them.
    assert int(tmp["emptyDir"]["sizeLimit"].removesuffix("Mi")) >= (slots + 1) * room


@pytest.mark.parametrize("deadline", [43200, 600])
def test_cataloguing_is_ended_after_a_time(which: str, deadline: int) -> None:
    found = objects(which, "spt-api-server", f"--set=archive.ingestDeadlineSeconds={deadline}")
    job = find(found, "CronJob", "spt-api-server-ingest")["spec"]["jobTemplate"]["spec"]
    assert job["activeDeadlineSeconds"] == deadline


def test_surveys_are_made_on_the_volume_of_the_archive_where_a_schedule_says_so(which: str) -> None:
    without = objects(which, "spt-api-server")
    assert "spt-api-server-hips" not in [each["metadata"]["name"] for each in without]
    changes = ("archive.hips.schedule=0 3 * * *", "config.settings.SPT_HIPS=/archive/.hips")
    found = objects(which, "spt-api-server", *(f"--set={change}" for change in changes))
    job = find(found, "CronJob", "spt-api-server-hips")["spec"]["jobTemplate"]["spec"]
    (container,) = job["template"]["spec"]["containers"]
    assert container["command"] == ["sptjobs", "archive", "hips"]
    (mount,) = [each for each in container["volumeMounts"] if each["mountPath"] == "/archive"]
    assert not mount.get("readOnly", False)
