"""`stadspuls backup` and `stadspuls restore`: what a store holds in one file, and an empty store filled from it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from cli.console import open_console
from cli.work_progress import WorkProgress
from stadspuls.errors import RegistryError
from stadspuls.logs import set_up_logs
from stadspuls.service import stop_on_signal
from stadspuls.settings import Settings, load_settings

if TYPE_CHECKING:
    from store.backup import BackupProgress, Manifest

File = Annotated[Path, typer.Argument(help="The backup, a zip file.")]


def backup(file: File) -> None:
    """Write what the store holds, and the city and theme files, into one new file; the platform may go on."""
    from stadspuls.registry import load_registry  # noqa: PLC0415
    from store.backup import back_up  # noqa: PLC0415

    settings = load_settings()
    set_up_logs(settings, "backup")
    registry = load_registry(settings.cities_dir, settings.themes_dir)
    console = open_console()
    with WorkProgress(console, "Backup") as progress:
        manifest, said = back_up(settings, registry, file, lambda far: _tell(progress, far))
    size = file.stat().st_size / 1e6
    _conclude(console, f"{file}: {_told(manifest)}, {size:.1f} MB; {progress.total()}", said)


def restore(
    file: File,
    registry: Annotated[
        Path | None, typer.Option(help="Also write the backup's city and theme files into this folder.")
    ] = None,
) -> None:
    """Fill an empty store from a backup, of whatever kind of store it was made; the platform must be stopped.

    What is interrupted, even killed, is finished when it is started again with the same file.
    """
    from cli.data_dir import claimed  # noqa: PLC0415
    from store.backup import open_backup  # noqa: PLC0415
    from store.backup import restore as fill  # noqa: PLC0415

    settings = load_settings()
    set_up_logs(settings, "restore")
    console = open_console()
    with claimed(settings.data_dir), WorkProgress(console, "Restore") as progress:
        if registry is not None:
            with open_backup(file) as opened:
                opened.write_registry(registry)
        done = fill(settings, file, stop_on_signal(), lambda far: _tell(progress, far))
    if done is None:
        console.print("Interrupted. Start it again with the same file to finish it.")
        raise typer.Exit(1)
    manifest, said = done
    if registry is None and manifest.registry != _registry_version(settings):
        said.append(f"Its city and theme files are not those in force: `unzip {file} 'registry/*'` takes them out")
    _conclude(console, f"The store is whole: {_told(manifest)}; {progress.total()}", said)


def _registry_version(settings: Settings) -> str | None:
    from stadspuls.registry import load_registry  # noqa: PLC0415

    try:
        return load_registry(settings.cities_dir, settings.themes_dir).version
    except RegistryError:
        return None


def _tell(progress: WorkProgress, far: "BackupProgress") -> None:
    progress.report(far.done, far.all, far.rows)


def _told(manifest: "Manifest") -> str:
    return f"{len(manifest.datasets)} datasets, {manifest.observations} observations, {manifest.rejected} rejections"


def _conclude(console: Console, line: str, said: list[str]) -> None:
    for text in (line, *said):
        console.print(text, soft_wrap=True)
