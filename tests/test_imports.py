"""The import directions, and the other rules that every module keeps."""

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
KERNEL = {"stadspuls"}
ALLOWED = {
    "stadspuls": set[str](),
    "ingest": KERNEL,
    "store": KERNEL,
    "deploy": KERNEL,
    "simulators": KERNEL,
    "streams": KERNEL | {"store"},
    "apis": KERNEL | {"store"},
    "cli": KERNEL | {"ingest", "store", "deploy", "simulators", "streams", "apis"},
    "benchmarks": KERNEL | {"ingest", "store", "deploy", "simulators", "streams", "apis", "cli"},
}
"""What each folder may import beside itself and what is installed."""
READ_ONLY = ("streams", "apis")
"""Folders that ask the store and never write to it."""
WRITING = ("store.sink", "StoreWriter", "open_writer")
LONGEST = 400


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported(source: str, package: str) -> Iterator[tuple[int, str]]:
    """Every import in a module, also those inside functions, with its line; `package` is the module's own."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _name(node.func).endswith("import_module") and node.args:
            yield node.lineno, str(getattr(node.args[0], "value", "?"))


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def wrong_imports(folder: str, source: str, package: str) -> list[str]:
    """What a module of `folder` imports against the directions, as `line: name`."""
    forbidden = (set(ALLOWED) | {"tests"}) - ALLOWED[folder] - {folder}
    mistakes = []
    for line, name in imported(source, package):
        writes = folder in READ_ONLY and any(f".{word}." in f".{name}." for word in WRITING)
        if name.split(".")[0] in forbidden or writes:
            mistakes.append(f"{line}: {name}")
    return mistakes


@pytest.mark.parametrize("folder", ALLOWED)
def test_modules_import_in_the_directions_of_the_design(folder: str) -> None:
    mistakes = [
        f"{path.relative_to(ROOT)}:{mistake}"
        for path in modules(folder)
        for mistake in wrong_imports(folder, path.read_text(), ".".join(path.relative_to(ROOT).parent.parts))
    ]
    assert modules(folder)
    assert not mistakes


@pytest.mark.parametrize(
    ("folder", "source"),
    [
        ("stadspuls", "import store"),
        ("ingest", "from streams.app import app"),
        ("ingest", "def work():\n    import store.sqlite"),
        ("simulators", "if True:\n    from ingest import bridge"),
        ("streams", "from store.sink import run_sink"),
        ("streams", "from store import sink"),
        ("apis", "from store import StoreWriter"),
        ("apis", "from store.protocol import StoreWriter"),
        ("apis", "import importlib\nimportlib.import_module('ingest.service')"),
        ("apis", "from cli.main import app"),
        ("cli", "from tests import conftest"),
    ],
)
def test_a_planted_wrong_import_is_found(folder: str, source: str) -> None:
    assert wrong_imports(folder, source, f"{folder}.part")


@pytest.mark.parametrize(
    ("folder", "source"),
    [
        ("streams", "from store.protocol import StoreReader\nfrom stadspuls.codecs import json"),
        ("apis", "import json\nfrom apis.health import routes\nfrom . import live"),
        ("cli", "def run():\n    from store.sink import run_sink"),
    ],
)
def test_right_imports_pass(folder: str, source: str) -> None:
    assert not wrong_imports(folder, source, folder)


def test_every_folder_says_what_enters_and_what_leaves() -> None:
    for folder in ALLOWED:
        docstring = ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text())) or ""
        assert re.search(r"\bIn: .*\bOut: ", docstring, re.DOTALL), f"{folder}/__init__.py"
    packages = [path for folder in ALLOWED for path in modules(folder) if path.name == "__init__.py"]
    silent = [str(path.relative_to(ROOT)) for path in packages if not ast.get_docstring(ast.parse(path.read_text()))]
    assert not silent


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in tracked_modules()}
    assert len(lengths) > 50
    assert not {path: length for path, length in lengths.items() if length > LONGEST}


def tracked_modules() -> list[Path]:
    """The project's Python files: what git tracks, or in an unpacked archive what lies there."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        listed = subprocess.run([git, "ls-files", "-z", "*.py"], cwd=ROOT, capture_output=True, check=True).stdout
        return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).exists()]
    return [path for folder in (*ALLOWED, "tests") for path in modules(folder)]
