"""Prometheus and Grafana as the composition configures them: they find the services, by names that boards rely on."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
import yaml

from cli.telling import telling
from deploy.first_start.secret_files import SecretFiles
from deploy.servers.ports import free_port
from stadspuls.metrics import DISK_FREE, LAG
from stadspuls.settings import ROOT
from tests.deploy.brokers import until
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


def test_what_several_see_is_kept_from_one_alone(tmp_path: Path) -> None:
    prometheus = shutil.which("prometheus", path=f"{os.environ['PATH']}:/usr/bin")
    if prometheus is None:
        pytest.skip("Prometheus is not installed: install the package `prometheus`")
    LAG.labels("sink").set(18301)
    DISK_FREE.set(18302)
    told, port = f"127.0.0.1:{free_port()}", free_port()
    (job,) = (one for one in read(PROMETHEUS)["scrape_configs"] if one["job_name"] == "stadspuls")
    everyone = [{"targets": [told], "labels": {"service": name}} for name in ("api", "bridge", "sink")]
    job |= {"static_configs": everyone, "dns_sd_configs": [], "scrape_interval": "1s"}
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump({"scrape_configs": [job]}))
    places = [f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data"]
    line = [prometheus, *places, f"--web.listen-address=127.0.0.1:{port}"]

    def seen(query: str) -> set[str]:
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/query", params={"query": query}, trust_env=False)
        except httpx.TransportError:
            return set()
        if answer.status_code != httpx.codes.OK:
            return set()  # It starts still.
        return {one["metric"]["service"] for one in answer.json()["data"]["result"]}

    with telling(told), subprocess.Popen(line, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: seen("up == 1") == {"api", "bridge", "sink"}, "three services", 60)
            assert seen("stadspuls_disk_free_bytes") == {"bridge"}
            assert "sink" not in seen("stadspuls_lag_frames")
        finally:
            process.kill()


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
