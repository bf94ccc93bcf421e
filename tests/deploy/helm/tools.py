"""Helm, built from its Go module, and what a Kubernetes of one version says of its objects; once a machine."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.servers import versions
from deploy.servers.base import oldest
from deploy.servers.cache import install_whole, installed_folder, run_logged
from stadspuls.errors import InstallError

HELM = "3.22.0"
KUBERNETES = "1.34.4"
OPERATOR = "0.85.0"
"""The Prometheus operator, whose custom resources the chart may make."""
CUSTOM = ("podmonitors", "prometheusrules")
_HELM = f"helm-{HELM}"
_SCHEMAS = f"kubernetes-{KUBERNETES}-operator-{OPERATOR}"


def helm_program() -> Path:
    """The program; built when it is not there yet, which takes about two minutes."""
    _install(_HELM, _build_helm)
    return installed_folder(_HELM) / "helm"


def schema_folder() -> Path:
    """A folder with `swagger.json` of Kubernetes, and a file for each custom resource."""
    _install(_SCHEMAS, _fetch_schemas)
    return installed_folder(_SCHEMAS)


def _install(name: str, make: Callable[[Path, Path], None]) -> None:
    if installed_folder(name).is_dir():
        return
    if missing := oldest("Go", ["go", "env", "GOVERSION"], versions.GO_OLDEST, "its own installer"):
        reason = "; ".join(map(str, missing))
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    install_whole(name, make, print)


def _build_helm(folder: Path, log: Path) -> None:
    command = ["go", "install", "-trimpath", "-ldflags", "-s -w", f"helm.sh/helm/v3/cmd/helm@v{HELM}"]
    run_logged(command, folder, log, {"GOBIN": str(folder)})


def _fetch_schemas(folder: Path, log: Path) -> None:
    sources = _downloaded(folder, log, f"k8s.io/kubernetes@v{KUBERNETES}")
    shutil.copyfile(sources / "api" / "openapi-spec" / "swagger.json", folder / "swagger.json")
    operator = _downloaded(folder, log, f"github.com/prometheus-operator/prometheus-operator@v{OPERATOR}")
    for name in CUSTOM:
        found = operator / "example" / "prometheus-operator-crd" / f"monitoring.coreos.com_{name}.yaml"
        shutil.copyfile(found, folder / f"{name}.yaml")


def _downloaded(folder: Path, log: Path, module: str) -> Path:
    command = ["go", "mod", "download", "-json", module]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if answer.returncode:
        log.write_text(answer.stdout + answer.stderr)
        raise InstallError(f"{module} cannot be fetched; {log} says why")
    return Path(json.loads(answer.stdout)["Dir"])
