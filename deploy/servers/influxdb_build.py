"""Building InfluxDB from its Go module; its query engine is Rust. Minutes, once a machine."""

import json
import shutil
import subprocess
from pathlib import Path

from deploy.servers import versions
from deploy.servers.base import Missing, oldest, tool
from deploy.servers.cache import run_logged
from stadspuls.errors import InstallError

PROGRAM = "influxd"
_MODULE = f"github.com/influxdata/influxdb/v2@v{versions.INFLUXDB}"
_PKG_CONFIG = f"github.com/influxdata/pkg-config@v{versions.INFLUX_PKG_CONFIG}"
_BUILD_INFO = f"-s -w -X main.version=v{versions.INFLUXDB}"

_LENIENT_RUSTC = """\
#!/bin/sh
# The sources deny every warning, and a compiler newer than they are gives new ones.
for argument in "$@"; do
    case "$argument" in --cap-lints*) exec "$@" ;; esac
done
exec "$@" --cap-lints=warn
"""


def missing_to_build() -> list[Missing]:
    """What the system lacks of the toolchains."""
    rust = "rustup (Debian's Rust is too old), brew install rust (macOS)"
    return [
        *oldest("Go", ["go", "env", "GOVERSION"], versions.GO_OLDEST, "a newer golang package, or its own installer"),
        *oldest("Rust", ["rustc", "--version"], versions.RUST_OLDEST, rust),
        *tool("Cargo", "cargo", rust),
        *tool("a C compiler", "cc", "apt-get install build-essential (Debian), xcode-select --install (macOS)"),
    ]


def build(folder: Path, log: Path) -> None:
    """Leave the program, and nothing else, in `folder`.

    Raises:
        InstallError: naming the command that failed.
    """
    work = folder / "build"
    tools = work / "bin"
    tools.mkdir(parents=True)
    run_logged(["go", "install", _PKG_CONFIG], work, log, {"GOBIN": str(tools)})
    # Its `replace` lines rule out `go install`, and the module cache is read-only: build a copy.
    sources = work / "sources"
    shutil.copytree(_downloaded(work, log), sources, copy_function=_copy_writable)
    lenient = tools / "rustc-lenient"
    lenient.write_text(_LENIENT_RUSTC)
    lenient.chmod(0o755)
    environment = {
        "PKG_CONFIG": str(tools / "pkg-config"),
        "RUSTC_WRAPPER": str(lenient),
        **_installed_toolchain(),
    }
    command = ["go", "build", "-tags", "sqlite_foreign_keys,sqlite_json", "-ldflags", _BUILD_INFO]
    run_logged([*command, "-o", str(folder / PROGRAM), "./cmd/influxd"], sources, log, environment)
    shutil.rmtree(work)


def _downloaded(work: Path, log: Path) -> Path:
    """The folder of the module's sources in Go's cache."""
    module = work / "module"
    module.mkdir()
    (module / "go.mod").write_text("module build\n")
    answer = subprocess.run(  # noqa: S603 - the command line is our own
        ["go", "mod", "download", "-json", _MODULE],  # noqa: S607 - Go is where the user has it
        cwd=module,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        log.write_text(answer.stdout + answer.stderr)
        raise InstallError(f"the sources of InfluxDB {versions.INFLUXDB} cannot be fetched; {log} says why")
    return Path(json.loads(answer.stdout)["Dir"])


def _copy_writable(source: str, target: str) -> None:
    shutil.copyfile(source, target)


def _installed_toolchain() -> dict[str, str]:
    """What makes rustup take the toolchain that is there, and not fetch the old one the sources name."""
    if shutil.which("rustup") is None:
        return {}
    answer = subprocess.run(
        ["rustup", "show", "active-toolchain"],  # noqa: S607 - rustup is where the user has it
        capture_output=True,
        text=True,
        check=False,
    )
    return {"RUSTUP_TOOLCHAIN": answer.stdout.split()[0]} if answer.stdout.strip() else {}
