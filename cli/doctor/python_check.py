"""Python and its libraries: the versions that `pyproject.toml` asks for, and the fast parts really in use."""

import importlib
import importlib.util
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, good, warning, wrong
from stadspuls.settings import ROOT

PROJECT = ROOT / "pyproject.toml"
_INSTALL = f"{sys.executable} -m pip install --require-hashes -r {ROOT / 'requirements' / 'run.lock'}"


def _look(_subject: Subject) -> Iterator[Finding]:
    project = tomllib.loads(PROJECT.read_text())["project"]
    mistakes = [*_python(project), *_libraries(project), *_crc32c(), *_sqlite()]
    yield from mistakes
    if not mistakes:
        python = sys.version.split()[0]
        yield good(f"Python {python}, {len(project['dependencies'])} libraries as asked for, crc32c in C", str(PROJECT))


CHECK = Check("python", "Python, the libraries' versions, crc32c in use by kafka-python, SQLite", _look)


def _python(project: dict[str, Any]) -> Iterator[Finding]:
    found, wanted = sys.version.split()[0], project["requires-python"]
    if found not in SpecifierSet(wanted):
        yield wrong(f"Python {found}, wanted {wanted}", sys.executable, "set up again with another: make up PYTHON=...")


def _libraries(project: dict[str, Any]) -> Iterator[Finding]:
    for text in project["dependencies"]:
        wanted = Requirement(text)
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        try:
            found = version(wanted.name)
        except PackageNotFoundError:
            yield wrong(f"{wanted.name} is not installed, wanted {wanted.specifier}", str(PROJECT), "install", _INSTALL)
            continue
        if not wanted.specifier.contains(found, prereleases=True):
            yield wrong(f"{wanted.name} {found}, wanted {wanted.specifier}", str(PROJECT), "install", _INSTALL)


def _crc32c() -> Iterator[Finding]:
    """Without the C part kafka-python reckons the sum of every record batch in Python, some hundred times slower."""
    if getattr(importlib.import_module("kafka.record.util"), "crc32c_c", None) is None:
        command = f"{sys.executable} -m pip install --force-reinstall crc32c"
        yield warning(
            "kafka-python reckons CRC-32C in Python: the package crc32c cannot be loaded",
            "crc32c",
            "install it anew",
            command,
        )


def _sqlite() -> Iterator[Finding]:
    if importlib.util.find_spec("_sqlite3") is None:
        yield wrong(
            "this Python has no SQLite",
            sys.executable,
            "install libsqlite3-dev and build it anew, or use Debian's python3",
        )
