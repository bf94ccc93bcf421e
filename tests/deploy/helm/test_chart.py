"""The chart is of the form that Kubernetes publishes, and consistent with the project."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.commands.run import Service as Process
from cli.main import app
from cli.services import SERVICES
from cli.telling import METRICS
from stadspuls import __version__
from stadspuls.settings import PREFIX, Profile, Settings, load_settings
from tests.deploy.helm.chart import (
    EXAMPLES,
    FOLDER,
    RELEASE,
    Document,
    Helm,
    Rendered,
    component,
    container,
    containers,
    environment,
    selected,
)
from tests.deploy.helm.schemas import Schemas

# The first run on a machine builds Helm.
pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("example", EXAMPLES)
def test_helm_finds_nothing_to_complain_of(helm: Helm, example: str) -> None:
    done = helm.lint(example)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_object_is_of_the_published_form(rendered: Rendered, schemas: Schemas) -> None:
    found = {f"{each['kind']} {each['metadata']['name']}": schemas.mistakes(each) for each in rendered.documents}
    assert {name: mistakes for name, mistakes in found.items() if mistakes} == {}


@pytest.mark.parametrize(
    ("kind", "planted"),
    [
        ("Deployment", {"replica": 1}),
        ("StatefulSet", {"serviceName": 7}),
        ("NetworkPolicy", {"policyTypes": "Ingress"}),
        ("PodMonitor", {"podMetricsEndpoint": []}),
        ("PrometheusRule", {"groups": [{"names": "x"}]}),
    ],
)
def test_a_planted_mistake_of_form_is_found(
    everything: Rendered, schemas: Schemas, kind: str, planted: dict[str, Any]
) -> None:
    document = copy.deepcopy(next(iter(everything.of(kind).values())))
    document["spec"] |= planted
    assert schemas.mistakes(document)


def test_no_name_is_taken_twice_and_none_is_too_long(rendered: Rendered) -> None:
    names = [(each["kind"], each["metadata"]["name"]) for each in rendered.documents]
    assert len(names) == len(set(names))
    # A pod's name must be one of DNS, and gets a number or a hash behind it.
    assert all(len(name) <= 52 for _, name in names)


def test_every_process_of_the_platform_that_needs_no_server_of_its_own_has_a_workload(everything: Rendered) -> None:
    run = {container(each)["args"][1] for each in everything.workloads if container(each)["args"][0] == "run"}
    assert run == set(SERVICES) - {"kafka", "mqtt", "public-mqtt"}


def test_every_command_is_one_of_the_project(rendered: Rendered) -> None:
    commands = {one.name or getattr(one.callback, "__name__", "") for one in app.registered_commands}
    groups = {group.name: group.typer_instance for group in app.registered_groups}
    for workload in rendered.workloads:
        for each in containers(workload):
            assert "command" not in each, "the image's entry point is the project's command"
            first, second, *rest = each["args"]
            if first == "run":
                assert Process(second) == component(workload)
                assert rest == ([] if second == "api" else ["--tell", "0.0.0.0:9464"])
            elif first in groups:
                instance = groups[first]
                assert instance is not None
                assert second in {
                    one.name or getattr(one.callback, "__name__", "") for one in instance.registered_commands
                }
            else:
                assert (first, second) == ("topics", "--apply")
                assert first in commands


def test_every_environment_is_one_that_the_platform_starts_with(
    rendered: Rendered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a secret")
    for workload in rendered.workloads:
        for each in containers(workload):
            with monkeypatch.context() as patch:
                for name, value in environment(each).items():
                    assert setting(name) in Settings.model_fields, name
                    given = str(secret) if name.endswith("_FILE") and name != "STADSPULS_KEYS_FILE" else value
                    patch.setenv(name, str(secret) if name.endswith("_CA") else given)
                settings = load_settings(None)
                assert settings.profile is Profile.REAL
                assert settings.data_dir == Path("/data")


def setting(variable: str) -> str:
    assert variable.startswith(PREFIX)
    name = variable.removeprefix(PREFIX).lower()
    return name if name in Settings.model_fields else name.removesuffix("_file")


def test_selectors_mean_the_pods_of_their_workload_and_no_others(rendered: Rendered) -> None:
    for workload in rendered.workloads:
        if workload["kind"] == "Job":
            continue
        selector = workload["spec"]["selector"]["matchLabels"]
        meant = [
            other["metadata"]["name"]
            for other in rendered.workloads
            if selected(other["spec"]["template"]["metadata"]["labels"], selector)
        ]
        assert meant == [workload["metadata"]["name"]]


def test_services_lead_to_a_port_that_somebody_has(everything: Rendered) -> None:
    running = [each for each in everything.workloads if each["kind"] != "Job"]
    for name, service in everything.of("Service").items():
        meant = [
            each
            for each in running
            if selected(each["spec"]["template"]["metadata"]["labels"], service["spec"]["selector"])
        ]
        assert bool(meant) == (not name.endswith("nowhere"))
        if not name.endswith(("nowhere", "pods")):
            ports = {port["name"] for each in meant for port in container(each)["ports"]}
            assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
    named = {each["spec"]["serviceName"] for each in running if each["kind"] == "StatefulSet"}
    assert named <= set(everything.of("Service"))


def test_an_ingress_leads_to_a_service_and_keeps_metrics_inside(everything: Rendered) -> None:
    services = everything.of("Service")
    for ingress in everything.of("Ingress").values():
        (rule,) = ingress["spec"]["rules"]
        assert ingress["spec"]["tls"][0]["hosts"] == [rule["host"]]
        for path in rule["http"]["paths"]:
            backend = path["backend"]["service"]
            ports = {port["name"] for port in services[backend["name"]]["spec"]["ports"]}
            assert backend["port"]["name"] in ports
    (api,) = everything.one("Ingress", "api")["spec"]["rules"]
    hidden = {path["path"]: path["backend"]["service"]["name"] for path in api["http"]["paths"]}
    assert hidden == {METRICS: f"{RELEASE}-stadspuls-nowhere", "/": f"{RELEASE}-stadspuls-api"}


def test_the_version_is_the_projects() -> None:
    chart: Document = yaml.safe_load((FOLDER / "Chart.yaml").read_text())
    assert chart["version"] == chart["appVersion"] == __version__
