"""What a running platform writes is for its owner: raw messages and device ids are among it, and secrets."""

import stat
from pathlib import Path

from tests.platform.running import Platform, eventually


def test_nothing_in_the_data_folder_can_be_read_by_other_users_of_the_machine(platform: Platform) -> None:
    platform.publish([("kortrijk/nowhere/nobody", b"a message that nobody knows")])
    eventually(lambda: platform.metric("stadspuls_rejected_total", reason="unregistered"), 60)
    files = [platform.data_dir, *platform.data_dir.rglob("*")]
    assert {"stadspuls.sqlite", "spool", "registries", "bridge-session"} <= {file.name for file in files}
    open_to_others = [file.relative_to(platform.data_dir) for file in files if _mode(file) & stat.S_IRWXO]
    # City and theme files, and which cities a bridge carries, are no secret.
    assert [str(file) for file in open_to_others if file.parts[0] not in {"registries", "bridge-sessions"}] == []


def test_what_opens_doors_is_for_the_owner_alone(platform: Platform) -> None:
    platform.run("key", "new", "gent")
    secrets = [platform.data_dir / "bridge-session", platform.data_dir / "keys.json"]
    secrets += [file for file in (platform.data_dir / "accounts").rglob("*") if file.is_file() and file.name != "lock"]
    assert {str(file): oct(_mode(file)) for file in secrets if _mode(file) != 0o600} == {}


def _mode(file: Path) -> int:
    try:
        return stat.S_IMODE(file.stat().st_mode)
    except FileNotFoundError:
        # A draft, or a segment of the spool that was done with.
        return 0
