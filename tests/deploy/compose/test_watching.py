"""Prometheus and Grafana as the composition configures them: they find the services, by names that boards rely on."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.first_start.secret_files import SecretFiles
from stadspuls.settings import ROOT
from tests.deploy.compose.composition import command, composition, read, volumes

HERE = composition()["services"]
PROMETHEUS = ROOT / "deploy" / "prometheus" / "prometheus.yml"
PROVISIONING = ROOT / "deploy" / "grafana" / "provisioning"


def scraped() -> dict[str, str]:
    """Of each service where it is asked."""
    found = {}
    for job in read(PROMETHEUS)["scrape_configs"]:
        for one in job.get("static_configs", []):
            (target,) = one["targets"]
            found[one["labels"]["service"]] = target
        for one in job.get("dns_sd_configs", []):
            found |= {name: f"{name}:{one['port']}" for name in one["names"]}
    return found


def test_every_process_that_tells_of_itself_is_asked_and_nobody_else() -> None:
    telling = {name: f"{name}:9464" for name, service in HERE.items() if "--tell" in command(service)}
    others = {"api": "api:8080", "influxdb": "influxdb:8086", "grafana": "grafana:3000", "prometheus": "127.0.0.1:9090"}
    assert scraped() == telling | others


def test_files_of_prometheus_are_mounted_where_it_looks_for_them() -> None:
    mounts = volumes(HERE["prometheus"])
    arguments = dict(word.removeprefix("--").split("=", 1) for word in HERE["prometheus"]["command"])
    assert mounts[arguments["config.file"]] == ("./deploy/prometheus/prometheus.yml", False)
    assert mounts[arguments["storage.tsdb.path"]] == ("prometheus", True)
    (rules,) = read(PROMETHEUS)["rule_files"]
    assert mounts[str(Path(rules).parent)] == ("./deploy/prometheus/rules", False)


def test_promtool_takes_it() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: it comes with the package `prometheus`")
    done = subprocess.run([promtool, "check", "config", str(PROMETHEUS)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_datasources_have_the_uids_that_boards_name_and_lead_to_the_services() -> None:
    by_uid = {one["uid"]: one for one in read(PROVISIONING / "datasources" / "stadspuls.yml")["datasources"]}
    assert set(by_uid) == {"stadspuls-influxdb", "stadspuls-prometheus"}
    influx = by_uid["stadspuls-influxdb"]
    assert influx["jsonData"]["version"] == "Flux"
    environment = HERE["grafana"]["environment"]
    for name in re.findall(r"\$(STADSPULS_\w+)", str(influx)):
        assert environment[name] == HERE["sink"]["environment"][name]
    assert influx["url"] == HERE["sink"]["environment"]["STADSPULS_INFLUX_URL"]
    file = SecretFiles(Path("/secrets")).influx_grafana
    assert influx["secureJsonData"] == {"token": f"$__file{{{file}}}"}
    port = dict(word.split("=", 1) for word in HERE["prometheus"]["command"])["--web.listen-address"]
    assert by_uid["stadspuls-prometheus"]["url"] == f"http://prometheus{port}"


def test_boards_are_read_from_where_they_are_mounted() -> None:
    (provider,) = read(PROVISIONING / "dashboards" / "stadspuls.yml")["providers"]
    mounts = volumes(HERE["grafana"])
    assert mounts[provider["options"]["path"]] == ("boards", False)
    assert provider["options"]["foldersFromFilesStructure"]
    *_, made = command(HERE["setup"])
    assert {name: volumes(HERE[name])[made] for name in ("setup", "tools")} == {
        "setup": ("boards", True),
        "tools": ("boards", True),
    }
    assert mounts["/etc/grafana/provisioning"] == ("./deploy/grafana/provisioning", False)
