"""Each process may connect to what its settings name, and to nothing else."""

from urllib.parse import urlsplit

import pytest

from tests.deploy.helm.chart import Document, Helm, Rendered, component, container, environment, selected

pytestmark = pytest.mark.timeout(900)

NAMES = {53}
FOREIGN = {80, 443}


def ports_of(workload: Document) -> set[int]:
    """The ports of everything that the environment of a process names."""
    said = environment(container(workload))
    found = {int(address.split(":")[1]) for address in said.get("STADSPULS_KAFKA_BOOTSTRAP", "").split(",") if address}
    for name in ("STADSPULS_INFLUX_URL", "STADSPULS_GRAFANA_URL"):
        if url := said.get(name):
            parts = urlsplit(url)
            found.add(parts.port or {"http": 80, "https": 443}[parts.scheme])
    if "STADSPULS_MQTT_HOST" in said:
        found.add(int(said["STADSPULS_MQTT_PORT"]))
    if "STADSPULS_PUBLIC_MQTT_USERNAME" in said:
        found.add(int(said["STADSPULS_PUBLIC_MQTT_PORT"]))
    return found | (FOREIGN if "STADSPULS_POLL" in said else set())


def policies_of(rendered: Rendered, workload: Document) -> list[Document]:
    labels = workload["spec"]["template"]["metadata"]["labels"]
    policies = rendered.of("NetworkPolicy").values()
    return [each["spec"] for each in policies if selected(labels, each["spec"]["podSelector"]["matchLabels"])]


@pytest.mark.parametrize("example", ["minimal", "everything"])
def test_a_process_reaches_what_its_settings_name_and_nothing_else(helm: Helm, example: str) -> None:
    rendered = Rendered(helm.rendered(example))
    for workload in rendered.workloads:
        allowed = [rule for policy in policies_of(rendered, workload) for rule in policy.get("egress", [])]
        ports = {port["port"] for rule in allowed for port in rule["ports"]}
        assert ports == ports_of(workload) | NAMES, component(workload)
        assert all(rule["ports"] for rule in allowed), "a rule without ports allows every one"


@pytest.mark.parametrize("example", ["minimal", "everything"])
def test_a_process_is_reached_where_it_listens_and_nowhere_else(helm: Helm, example: str) -> None:
    rendered = Rendered(helm.rendered(example))
    for workload in rendered.workloads:
        allowed = [rule for policy in policies_of(rendered, workload) for rule in policy.get("ingress", [])]
        assert {port["port"] for rule in allowed for port in rule["ports"]} == {
            port["name"] for port in container(workload).get("ports", [])
        }, component(workload)


def test_everything_is_closed_before_anything_is_opened(everything: Rendered) -> None:
    for workload in everything.workloads:
        closed = [each for each in policies_of(everything, workload) if not {"ingress", "egress"} & set(each)]
        assert [each["policyTypes"] for each in closed] == [["Ingress", "Egress"]]


def test_only_who_is_named_comes_in_and_servers_are_where_they_are_said_to_be(everything: Rendered) -> None:
    api = everything.one("NetworkPolicy", "api")["spec"]
    (web, metrics) = (rule["from"][0]["namespaceSelector"]["matchLabels"] for rule in api["ingress"])
    assert set(web.values()) == {"ingress-nginx"}
    assert set(metrics.values()) == {"monitoring"}
    kafka = [rule for rule in api["egress"] if {port["port"] for port in rule["ports"]} == {9093, 9094}]
    assert [rule["to"] for rule in kafka] == [[{"podSelector": {"matchLabels": {"app": "kafka"}}}]]
    pollers = everything.one("NetworkPolicy", "pollers")["spec"]["egress"]
    (foreign,) = (rule["to"][0]["ipBlock"] for rule in pollers if {port["port"] for port in rule["ports"]} == FOREIGN)
    assert "169.254.0.0/16" in foreign["except"]


def test_without_policies_there_are_none(helm: Helm) -> None:
    assert Rendered(helm.rendered("small-city")).of("NetworkPolicy") == {}
