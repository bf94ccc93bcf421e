"""What the tests of several folders need."""

import hashlib
import os
import shutil
import signal
from pathlib import Path

import pytest

from deploy.servers.cache import install_whole, installed_folder, run_logged
from stadspuls.errors import InstallError

NPM = Path(__file__).parent / "conformance" / "npm"
FILES = ("package.json", "package-lock.json")


def pytest_configure() -> None:
    """Have Ctrl-C reach the processes that tests start, also where a shell began this run in the background.

    Such a shell has it ignored, and so would every child.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Other people's validators, of `conformance/npm/`; installed once a machine, outside the checkout."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node.js with npm is not installed, and the validators of tests/conformance/npm need it")
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
