"""No secret is committed: every file of the repository is read for what looks like one."""

import re
import subprocess
from pathlib import Path

import pytest

from stadspuls.settings import ROOT

PATTERNS = {
    "private key": r"-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED )?PRIVATE KEY-----\s*\n?[A-Za-z0-9+/=\s]{60,}",
    "cloud key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "code host's token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,}|glpat-[A-Za-z0-9_-]{20,})\b",
    "chat token": r"\bxox[abprs]-[A-Za-z0-9-]{20,}",
    "signed token": r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}",
    "Grafana's token": r"\bglsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}\b",
    "InfluxDB's token": r"(?<![\w/+-])[A-Za-z0-9_-]{86}==",
    "Mosquitto's password file": r"(?m)^[\w-]+:\$[67]\$\d*\$?[A-Za-z0-9+/=]{8,}",
    "address with a password": r"\b(?:https?|mqtts?|amqp|postgres(?:ql)?)://[\w.-]+:[^@\s:/\"'{}<>$]{12,}@[\w.-]+",
}
NAMES = (".env", "keys.json", "own.json", "id_rsa", "id_ed25519", "privkey.pem", "ca.key", "bridge-session")
"""Files that hold secrets, by what they are called."""
ENDINGS = (".key", ".p12", ".pfx", ".jks", ".keystore")


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)  # noqa: S607
    if done.returncode != 0:
        pytest.skip("not a checkout: there is nothing committed to look at")
    return [file for name in done.stdout.decode().split("\0") if name and (file := ROOT / name).is_file()]


def secrets_in(text: str) -> list[str]:
    return [kind for kind, pattern in PATTERNS.items() if re.search(pattern, text)]


def test_no_file_that_is_committed_holds_what_looks_like_a_secret() -> None:
    files = tracked()
    assert len(files) > 300
    found = {
        str(file.relative_to(ROOT)): kinds for file in files if (kinds := secrets_in(file.read_text(errors="ignore")))
    }
    assert found == {}


def test_no_file_that_is_committed_is_called_as_secrets_are() -> None:
    found = [str(file.relative_to(ROOT)) for file in tracked() if file.name in NAMES or file.suffix in ENDINGS]
    assert found == []


@pytest.mark.parametrize(
    ("kind", "planted"),
    [
        ("private key", "-----BEGIN " + "PRIVATE KEY-----\n" + "MIGH" * 20),
        ("cloud key", "AKIA" + "ABCDEFGHIJKLMNOP"),
        ("code host's token", "ghp_" + "a1B2" * 9),
        ("signed token", "eyJ" + "a" * 30 + ".eyJ" + "b" * 30 + "." + "c" * 30),
        ("InfluxDB's token", "a_B-" * 21 + "ab" + "=="),
        ("Mosquitto's password file", "gent:$7$" + "101$abcdefgh12345678"),
        ("address with a password", "https://someone:" + "a-long-password" + "@influx.example"),
    ],
)
def test_what_looks_like_one_is_found(kind: str, planted: str) -> None:
    assert kind in secrets_in(planted)
