"""Each pod of the chart is guarded, has what it needs and nothing else, and says whether it works."""

import re
from pathlib import Path

import pytest

from apis.health.routes import router
from cli.telling import HEALTH
from stadspuls.settings import ROOT, load_settings
from tests.deploy.compose.composition import instructions
from tests.deploy.helm.chart import (
    RELEASE,
    Helm,
    Rendered,
    component,
    container,
    containers,
    environment,
    named_secrets,
    pod,
    volumes,
)

# The first run on a machine builds Helm.
pytestmark = pytest.mark.timeout(900)

SECRETS = {
    "kafka": {"username", "password"},
    "kafka-ca": {"ca.crt"},
    "influxdb": {"token"},
    "influxdb-ca": {"ca.crt"},
    "mqtt-bridge": {"username", "password", "client-id"},
    "mqtt-sending": {"username", "password"},
    "mqtt-ca": {"ca.crt"},
    "open-mqtt": {"username", "password"},
    "keys": {"keys.json"},
    "grafana": {"token"},
}


def test_folders_of_the_platform_are_those_of_the_image(everything: Rendered) -> None:
    places = " ".join(rest for word, rest in instructions() if word in {"RUN", "COPY", "WORKDIR"})
    assert "/app" in places
    assert (load_settings(None).cities_dir, load_settings(None).themes_dir) == (ROOT / "cities", ROOT / "themes")
    for workload in everything.workloads:
        for each in containers(workload):
            mounted = [mount["mountPath"] for mount in each["volumeMounts"]]
            assert {"/tmp", "/data"} <= set(mounted)
            assert {name for name in mounted if name.startswith("/app/")} <= {"/app/cities", "/app/themes"}


def test_every_pod_is_guarded(rendered: Rendered) -> None:
    user = next(re.findall(r"\d+", rest)[0] for word, rest in instructions() if word == "USER")
    for workload in rendered.workloads:
        spec = pod(workload)
        assert spec["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC", "serviceAccountName"} & set(spec)
        security = spec["securityContext"]
        assert security["runAsNonRoot"] is True
        assert security["runAsUser"] == security["runAsGroup"] == security["fsGroup"] == int(user)
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        for each in containers(workload):
            assert each["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert {"cpu", "memory"} <= set(each["resources"]["requests"])
            assert each["resources"]["limits"]["memory"]
        assert not any("hostPath" in volume for volume in spec["volumes"])


def test_what_is_mounted_is_there_and_what_is_there_is_mounted(rendered: Rendered) -> None:
    claims, maps = rendered.of("PersistentVolumeClaim"), rendered.of("ConfigMap")
    for workload in rendered.workloads:
        mounted = {mount["name"] for each in containers(workload) for mount in each["volumeMounts"]}
        assert mounted == set(volumes(workload))
        for volume in volumes(workload).values():
            if "persistentVolumeClaim" in volume:
                assert volume["persistentVolumeClaim"]["claimName"] in claims
            if "configMap" in volume:
                assert volume["configMap"]["name"] in {*maps, "cities"}


def test_a_spool_and_what_is_published_outlive_their_pods_and_nothing_else_does(everything: Rendered) -> None:
    lasting = {
        component(each)
        for each in everything.workloads
        if not any("emptyDir" in volume for name, volume in volumes(each).items() if name == "data")
    }
    assert lasting == {"bridge", "door", "api", "archive"}
    kept = {"whenDeleted": "Retain", "whenScaled": "Retain"}
    for each in everything.workloads:
        if component(each) in {"bridge", "door"}:
            assert each["spec"]["persistentVolumeClaimRetentionPolicy"] == kept


def test_each_process_is_known_to_work_by_what_it_answers(rendered: Rendered) -> None:
    addresses = {getattr(route, "path", "") for route in router.routes}
    assert HEALTH == "/health/live"
    for workload in rendered.workloads:
        running = container(workload)
        if workload["kind"] == "Job":
            assert "livenessProbe" not in running
            continue
        ports = {port["name"]: port["containerPort"] for port in running["ports"]}
        said = environment(running)
        assert ports.get("tell", 9464) == int(
            running["args"][-1].split(":")[1] if "--tell" in running["args"] else 9464
        )
        assert ports.get("http") == {"api": int(said.get("STADSPULS_HTTP_PORT", 0))}.get(
            component(workload), int(said["STADSPULS_DOOR_PORT"]) if component(workload) == "door" else None
        )
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            asked = running[probe]["httpGet"]
            assert asked["port"] in ports
            if component(workload) == "api":
                assert asked["path"] in addresses
            else:
                assert asked["path"] == HEALTH


def test_secrets_are_named_and_never_given_and_each_is_seen_by_those_who_need_it(everything: Rendered) -> None:
    assert everything.of("Secret") == {}
    seen: dict[str, set[str]] = {}
    for workload in everything.workloads:
        for name, key in named_secrets(workload):
            assert key in SECRETS[name]
            seen.setdefault(name, set()).add(component(workload))
        for name, value in environment(container(workload)).items():
            if re.search("PASSWORD|TOKEN", name):
                assert name.endswith("_FILE")
                mounts = {mount["mountPath"] for mount in container(workload)["volumeMounts"]}
                assert str(Path(value).parent) in mounts
    assert set(seen) == set(SECRETS)
    assert seen["influxdb"] == {"streams", "sink", "api", "archive", "publisher"}
    assert seen["kafka"] == {"bridge", "streams", "sink", "api", "publisher", "door", "setup"}
    assert seen["mqtt-bridge"] == {"bridge"}
    assert seen["mqtt-sending"] == {"pollers", "simulators", "replays"}
    assert seen["keys"] == {"api", "door"}
    assert seen["open-mqtt"] == {"publisher"}
    assert seen["grafana"] == {"boards"}


def test_what_may_be_one_is_one_and_what_may_be_several_is_spread_and_kept_apart(everything: Rendered) -> None:
    several = {"api", "streams", "door"}
    budgets = {
        each["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"]
        for each in everything.of("PodDisruptionBudget").values()
    }
    assert budgets == several
    for workload in everything.workloads:
        if workload["kind"] != "Job":
            assert (workload["spec"].get("replicas", 2) > 1) == (component(workload) in several)
            assert [each["topologyKey"] for each in pod(workload)["topologySpreadConstraints"]]
    (scaler,) = everything.of("HorizontalPodAutoscaler").values()
    assert scaler["spec"]["scaleTargetRef"]["name"] == f"{RELEASE}-stadspuls-api"
    for name in ("sink", "archive", "publisher", "pollers"):
        assert everything.one("Deployment", name)["spec"]["strategy"] == {"type": "Recreate"}


def test_a_pod_has_longer_to_end_than_its_process_takes(rendered: Rendered) -> None:
    for workload in rendered.workloads:
        assert pod(workload)["terminationGracePeriodSeconds"] >= 20


def test_every_city_has_a_bridge_and_one_bridge_has_the_rest(everything: Rendered) -> None:
    bridges = {
        each["metadata"]["labels"]["stadspuls/bridge"]: environment(container(each))
        for each in everything.of("StatefulSet").values()
        if component(each) == "bridge"
    }
    assert {name: said.get("STADSPULS_BRIDGE_CITIES") for name, said in bridges.items()} == {
        "gent": "gent",
        "west": "brugge,oostende",
        "rest": None,
    }
    assert bridges["rest"]["STADSPULS_BRIDGE_LEAVES"] == "brugge,gent,oostende"
    assert {said["STADSPULS_MQTT_CLIENT_ID"] for said in bridges.values()} == {"secret:mqtt-bridge/client-id"}


def test_each_pod_puts_the_files_in_force_before_its_process_starts(helm: Helm, everything: Rendered) -> None:
    changed = Rendered(helm.rendered("everything", "--set-string", "registry.revision=8"))
    for before, after in zip(everything.workloads, changed.workloads, strict=True):
        if component(before) == "setup":
            continue
        (prepares,) = pod(before)["initContainers"]
        assert prepares["args"] == ["registry", "apply"]
        assert {"/app/cities", "/app/themes", "/data"} <= {mount["mountPath"] for mount in prepares["volumeMounts"]}
        (marked, other) = (
            each["spec"]["template"]["metadata"]["annotations"]["stadspuls/registry"] for each in (before, after)
        )
        assert marked != other


def test_a_city_on_the_move_is_nobodys_and_is_left_by_the_rest(helm: Helm, everything: Rendered) -> None:
    given = ["bridges[0].name=north,bridges[0].cities={leuven}", "bridges[1].cities={brugge,oostende}", "moving={gent}"]
    moving = Rendered(helm.rendered("everything", *(word for each in given for word in ("--set", each))))
    assert moving.one("StatefulSet", "bridge-west") == everything.one("StatefulSet", "bridge-west")
    rest = environment(container(moving.one("StatefulSet", "bridge-rest")))
    assert rest["STADSPULS_BRIDGE_LEAVES"] == "brugge,gent,leuven,oostende"
    assert "gent" not in environment(container(moving.one("StatefulSet", "bridge-north")))["STADSPULS_BRIDGE_CITIES"]
