"""What the operator of Prometheus is told is what docker-compose.yml's Prometheus is told."""

import re
from typing import Any

import pytest
import yaml

from stadspuls.settings import ROOT
from tests.deploy.helm.chart import FOLDER, Helm, Rendered, component, container

pytestmark = pytest.mark.timeout(900)

RULES = ROOT / "deploy" / "prometheus" / "rules" / "stadspuls.yml"
PROMETHEUS = ROOT / "deploy" / "prometheus" / "prometheus.yml"


def test_rules_are_those_of_the_project_and_are_no_copy(everything: Rendered) -> None:
    (rule,) = everything.of("PrometheusRule").values()
    assert rule["spec"]["groups"] == yaml.safe_load(RULES.read_text())["groups"]
    assert (FOLDER / "files" / "rules.yml").resolve() == RULES
    assert rule["metadata"]["labels"]["release"] == "prometheus"


def test_every_process_is_asked_once_where_it_tells_of_itself(everything: Rendered) -> None:
    (monitor,) = everything.of("PodMonitor").values()
    endpoints = {each["port"]: each for each in monitor["spec"]["podMetricsEndpoints"]}
    for workload in everything.workloads:
        if workload["kind"] == "Job":
            continue
        kept = [name for name in (p["name"] for p in container(workload)["ports"]) if keeps(endpoints[name], workload)]
        assert len(kept) == 1, component(workload)


def keeps(endpoint: dict[str, Any], workload: dict[str, Any]) -> bool:
    return all(
        re.fullmatch(each["regex"], component(workload))
        for each in endpoint["relabelings"]
        if each.get("action") == "keep"
    )


def test_what_several_see_is_kept_from_one_as_in_prometheus_yml(everything: Rendered) -> None:
    (monitor,) = everything.of("PodMonitor").values()
    (known,) = (
        each for each in yaml.safe_load(PROMETHEUS.read_text())["scrape_configs"] if each["job_name"] == "stadspuls"
    )
    wanted = [
        {re.sub(r"_(\w)", lambda found: found[1].upper(), name): value for name, value in each.items()}
        for each in known["metric_relabel_configs"]
    ]
    for endpoint in monitor["spec"]["podMetricsEndpoints"]:
        # Bridges, doors and the archive have disks of their own there.
        found = [
            each | {"regex": each["regex"].replace("(bridge|door|archive)", "(bridge)")}
            for each in endpoint["metricRelabelings"]
        ]
        assert found == wanted


def test_without_the_operator_nothing_of_it_is_made(helm: Helm) -> None:
    kinds = {each["kind"] for each in helm.rendered("minimal")}
    assert not kinds & {"PodMonitor", "PrometheusRule"}
