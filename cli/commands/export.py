"""`stadspuls export`: observations, sites, sensors, properties and time as a star schema of Parquet files."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import open_console
from cli.work_progress import WorkProgress
from stadspuls.errors import ExportError
from stadspuls.logs import set_up_logs
from stadspuls.service import stop_on_signal
from stadspuls.settings import load_settings

if TYPE_CHECKING:
    from apis.warehouse.export import ExportProgress
    from stadspuls.registry import Dataset, Registry


def export(
    folder: Annotated[Path, typer.Argument(help="Where the files go; empty, or of an earlier export.")],
    dataset: Annotated[list[str] | None, typer.Option(help="Only this one, `gent/parking`; may be repeated.")] = None,
    since: Annotated[
        str | None,
        typer.Option(help="Only what was published from then on (a date, or RFC 3339), of datasets not in it yet."),
    ] = None,
) -> None:
    """Add what was published since the last time to a star schema of Parquet files; the platform may go on.

    What is interrupted, even killed, goes on where it was when it is started again.
    """
    from apis.instants import parse_instant  # noqa: PLC0415
    from apis.warehouse.export import Export  # noqa: PLC0415
    from stadspuls.registry import load_registry  # noqa: PLC0415
    from store.backends import open_reader  # noqa: PLC0415

    def begin(dataset: "Dataset") -> int:
        return 0 if since is None else parse_instant("since", since, dataset.city.time_zone)

    settings = load_settings()
    set_up_logs(settings, "export")
    registry = load_registry(settings.cities_dir, settings.themes_dir)
    console = open_console()
    with closing(open_reader(settings)) as reader, WorkProgress(console, "Export") as progress:
        last: list[ExportProgress] = []

        def report(far: "ExportProgress") -> None:
            last[:] = [far]
            progress.report(far.done, far.all, far.rows)

        run = Export(folder, reader, registry, settings.base_url, report=report)
        whole = run.run(_chosen(registry, dataset), begin, stop_on_signal())
    if not whole:
        console.print(f"Interrupted: {progress.total()}. Start it again to go on.", soft_wrap=True)
        raise typer.Exit(1)
    console.print(f"{folder}: {last[0].files} fact files added, {progress.total()}", soft_wrap=True)


def _chosen(registry: "Registry", names: list[str] | None) -> list["Dataset"]:
    if unknown := [name for name in names or () if name not in registry.datasets]:
        raise ExportError(f"No dataset {unknown[0]!r} is registered; there are {', '.join(sorted(registry.datasets))}")
    return [registry.datasets[name] for name in sorted(names or registry.datasets)]
