"""The Dockerfile: pinned, of checked wheels, without secrets, for a user who may do nothing."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from stadspuls.settings import ROOT
from tests.deploy.compose.composition import IMAGES, instructions, read

BASE = read(IMAGES)["services"]["stadspuls"]["build"]["args"]["BASE"]
LINES = instructions()


def of(word: str) -> list[str]:
    return [rest for each, rest in LINES if each == word]


def copied() -> list[str]:
    """What comes from the checkout."""
    return [rest.split()[0] for rest in of("COPY") if not rest.startswith("--from=")]


def ignored(path: str, rules: list[str]) -> bool:
    """Whether .dockerignore keeps a path out; the last rule that fits counts, also for what lies below."""
    out = False
    for rule in rules:
        keeps, pattern = rule.startswith("!"), rule.removeprefix("!")
        above = [path, *(str(parent) for parent in Path(path).parents)]
        if any(fnmatch(each, pattern) for each in above):
            out = not keeps
    return out


def rules() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_every_stage_is_of_the_pinned_base() -> None:
    assert [rest.split()[0] for rest in of("FROM")] == ["${BASE}", "${BASE}"]
    assert of("ARG") == ["BASE"], "without a value: it stands in deploy/images.yml"
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", BASE)


def test_it_ends_as_a_user_who_is_nobody_else() -> None:
    assert LINES[-3:] == [("USER", "10001:10001"), ("ENTRYPOINT", '["stadspuls"]'), ("CMD", '["--help"]')]


def test_packages_are_wheels_that_are_checked_by_hash() -> None:
    installs = [line for rest in of("RUN") for line in rest.split("&&") if "pip install" in line]
    assert len(installs) == 2
    assert "--require-hashes --only-binary :all: -r /app/requirements/run.lock" in installs[0]
    assert "--no-deps --no-build-isolation" in installs[1]


def test_no_secret_and_nothing_from_the_network_gets_into_it() -> None:
    assert of("ADD") == []
    text = " ".join(rest for _, rest in LINES)
    assert not re.search(r"(?i)password|secret=|token|curl|wget|https?://|sudo|chmod 777", text)


def test_what_is_copied_is_there_and_not_ignored() -> None:
    assert copied()
    for path in copied():
        assert (ROOT / path).exists(), path
        assert not ignored(path, rules()), path


def test_every_package_of_the_project_is_copied() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    packages = re.findall(r'"(\w+)"', re.search(r"^packages = \[(.*)\]$", text.split("[tool.setuptools]")[1], re.M)[1])  # type: ignore[index]
    assert set(packages) | {"cities", "themes"} <= set(copied())


@pytest.mark.parametrize(
    "path", [".env", ".git/config", "data/keys.json", ".venv/bin/python", "deploy/compose/certificates/privkey.pem"]
)
def test_secrets_and_data_do_not_even_reach_the_engine(path: str) -> None:
    assert ignored(path, rules())
