"""The chart as Helm renders it, and what its objects say."""

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from stadspuls.settings import ROOT
from tests.deploy.helm.tools import KUBERNETES

FOLDER = ROOT / "deploy" / "helm" / "stadspuls"
EXAMPLES = ("minimal", "small-city", "everything")
RELEASE = "pulse"
WORKLOADS = ("Deployment", "StatefulSet", "Job")

Document = dict[str, Any]


@dataclass(frozen=True)
class Helm:
    """The program."""

    program: Path

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([self.program, *words], capture_output=True, text=True, timeout=120, check=False)

    def template(self, example: str, *more: str) -> "subprocess.CompletedProcess[str]":
        return self.run("template", RELEASE, str(FOLDER), *_given(example), *more)

    def lint(self, example: str) -> "subprocess.CompletedProcess[str]":
        return self.run("lint", "--strict", str(FOLDER), *_given(example))

    def rendered(self, example: str, *more: str) -> list[Document]:
        done = self.template(example, *more)
        assert done.returncode == 0, done.stderr
        return [document for document in yaml.safe_load_all(done.stdout) if document]


def _given(example: str) -> Sequence[str]:
    return "--kube-version", KUBERNETES, "--values", str(FOLDER / "ci" / f"{example}-values.yaml")


@dataclass(frozen=True)
class Rendered:
    """The objects of one set of values."""

    documents: list[Document]

    def of(self, kind: str) -> dict[str, Document]:
        """By name."""
        return {each["metadata"]["name"]: each for each in self.documents if each["kind"] == kind}

    def one(self, kind: str, name: str) -> Document:
        return self.of(kind)[f"{RELEASE}-stadspuls-{name}"]

    @property
    def workloads(self) -> list[Document]:
        return [each for each in self.documents if each["kind"] in WORKLOADS]


def component(document: Document) -> str:
    """Which process a workload runs."""
    found: str = document["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"]
    return found


def pod(workload: Document) -> Document:
    found: Document = workload["spec"]["template"]["spec"]
    return found


def container(workload: Document) -> Document:
    """The one that runs, after those that prepare."""
    (found,) = pod(workload)["containers"]
    made: Document = found
    return made


def containers(workload: Document) -> list[Document]:
    return [*pod(workload).get("initContainers", []), container(workload)]


def environment(of: Document) -> dict[str, str]:
    """What its variables say; one that Kubernetes fills in says where from."""
    return {each["name"]: each.get("value") or _source(each) for each in of.get("env", [])}


def _source(variable: Document) -> str:
    source = variable.get("valueFrom", {})
    if "secretKeyRef" in source:
        return f"secret:{source['secretKeyRef']['name']}/{source['secretKeyRef']['key']}"
    return str(source["fieldRef"]["fieldPath"]) if source else ""


def volumes(workload: Document) -> dict[str, Document]:
    """By name, those of claims that a StatefulSet makes too."""
    made = {each["metadata"]["name"]: each for each in workload["spec"].get("volumeClaimTemplates", [])}
    return {each["name"]: each for each in pod(workload)["volumes"]} | made


def selected(labels: Document, selector: Document) -> bool:
    """Whether a selector means something with these labels."""
    return selector.items() <= labels.items()


def named_secrets(value: Any) -> Iterator[tuple[str, str]]:
    """Every secret and key that is named anywhere in a document."""
    if isinstance(value, list):
        for each in value:
            yield from named_secrets(each)
    elif isinstance(value, dict):
        if isinstance(reference := value.get("secretKeyRef"), dict):
            yield reference["name"], reference["key"]
        if isinstance(volume := value.get("secret"), dict):
            yield from ((volume["secretName"], item["key"]) for item in volume["items"])
        for each in value.values():
            yield from named_secrets(each)
