"""The rules: each fires on what it is for and on nothing else, and leads to its runbook."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from stadspuls.settings import ROOT
from tests.deploy.prometheus.cases import CASES
from tests.test_docs import metric_names

RULES = ROOT / "deploy" / "prometheus" / "rules" / "stadspuls.yml"


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    return found


def run(promtool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False, timeout=120)


def test_promtool_reads_the_rules(promtool: str) -> None:
    done = run(promtool, "check", "rules", str(RULES))
    assert done.returncode == 0, done.stderr


def alerts(alert: str, minutes: int, samples: list[str]) -> dict[str, Any]:
    return {
        "expr": f'ALERTS{{alertname="{alert}", alertstate="firing"}}',
        "eval_time": f"{minutes}m",
        "exp_samples": [{"labels": labels, "value": 1} for labels in samples],
    }


def expected(alert: str, labels: dict[str, str]) -> str:
    (severity,) = {rule["labels"]["severity"] for rule in rules() if rule["alert"] == alert}
    every = {"alertname": alert, "alertstate": "firing", "severity": severity, **labels}
    return "ALERTS{" + ", ".join(f'{name}="{text}"' for name, text in every.items()) + "}"


def group(series: dict[str, str], check: dict[str, Any]) -> dict[str, Any]:
    inputs = [{"series": name, "values": values} for name, values in series.items()]
    return {"interval": "1m", "input_series": inputs, "promql_expr_test": [check]}


def test_each_rule_fires_on_what_it_is_for_and_not_when_all_is_well(promtool: str, tmp_path: Path) -> None:
    firing = [group(c.series, alerts(c.alert, c.minutes, [expected(c.alert, c.labels)])) for c in CASES]
    quiet = [group(c.quiet, alerts(c.alert, c.minutes, [])) for c in CASES]
    early = [group(c.series, alerts(c.alert, 0, [])) for c in CASES]
    file = tmp_path / "cases.yml"
    document = {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": firing + quiet + early}
    file.write_text(yaml.safe_dump(document))
    done = run(promtool, "test", "rules", str(file))
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_rule_that_does_not_fire_would_be_found(promtool: str, tmp_path: Path) -> None:
    case = CASES[1]
    file = tmp_path / "cases.yml"
    wrong = group(case.quiet, alerts(case.alert, case.minutes, [expected(case.alert, case.labels)]))
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [wrong]}))
    assert run(promtool, "test", "rules", str(file)).returncode != 0


def test_what_a_rule_says_names_the_city_and_its_share(promtool: str, tmp_path: Path) -> None:
    (case,) = (case for case in CASES if case.alert == "StadspulsRejectedShare")
    (rule,) = (rule for rule in rules() if rule["alert"] == case.alert)
    told = {
        "summary": "Much of gent is rejected",
        "description": "25% of what gent sent in the last half hour was kept back.",
        "runbook_url": rule["annotations"]["runbook_url"],
    }
    check = {
        "alertname": case.alert,
        "eval_time": f"{case.minutes}m",
        "exp_alerts": [{"exp_labels": {"severity": "ticket", "city": "gent"}, "exp_annotations": told}],
    }
    inputs = [{"series": name, "values": values} for name, values in case.series.items()]
    tests = [{"interval": "1m", "input_series": inputs, "alert_rule_test": [check]}]
    file = tmp_path / "told.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}))
    done = run(promtool, "test", "rules", str(file))
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_has_a_case() -> None:
    assert {rule["alert"] for rule in rules()} == {case.alert for case in CASES}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_every_rule_says_whom_it_wakes_and_leads_to_a_runbook(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert {"summary", "description"} <= rule["annotations"].keys()
    page, _, section = rule["annotations"]["runbook_url"].partition("#")
    headings = re.findall(r"^## (.+)$", (ROOT / page).read_text(), re.MULTILINE)
    assert section in {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_rules_ask_only_for_metrics_that_there_are() -> None:
    asked = {name for rule in rules() for name in re.findall(r"stadspuls_[a-z_]+", rule["expr"])}
    assert asked <= set(metric_names())


def test_every_runbook_says_what_it_means_what_to_look_at_and_how_it_ends() -> None:
    sections = re.split(r"^## ", (ROOT / "docs" / "operate" / "runbooks.md").read_text(), flags=re.MULTILINE)[1:]
    assert len(sections) >= 10
    for section in sections:
        assert all(f"**{part}**" in section for part in ("Means.", "Look.", "Ends.")), section.splitlines()[0]
