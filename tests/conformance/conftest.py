"""Other people's validators, and an API for them to judge."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.servers.cache import install_whole, installed_folder, run_logged
from stadspuls.errors import InstallError
from stadspuls.registry import Registry
from tests.conformance.serving import shipped_cities

NPM = Path(__file__).parent / "npm"
FILES = ("package.json", "package-lock.json")


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The validators of `npm/`, installed once a machine, outside the checkout."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node.js with npm is not installed, and the Smart Flanders validator needs it")
    digest = hashlib.sha256(b"".join((NPM / file).read_bytes() for file in FILES)).hexdigest()[:12]
    name = f"conformance-{digest}"
    try:
        install_whole(name, _install, print)
    except InstallError as error:
        if os.environ.get("CI"):
            pytest.fail(f"the validators cannot be installed: {error}")
        pytest.skip(f"the validators cannot be installed: {error}")
    return installed_folder(name) / "node_modules"


def _install(folder: Path, log: Path) -> None:
    for file in FILES:
        shutil.copy(NPM / file, folder)
    run_logged(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder, log)


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Registry]]:
    with shipped_cities(tmp_path_factory.mktemp("shipped")) as running:
        yield running
