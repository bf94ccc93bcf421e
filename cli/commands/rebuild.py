"""`stadspuls rebuild`: an empty store filled anew from Kafka's published log."""

import typer

from cli.console import open_console
from stadspuls.logs import set_up_logs
from stadspuls.service import stop_on_signal
from stadspuls.settings import load_settings


def rebuild() -> None:
    """Fill an empty store from Kafka's published log: the same answers, row for row.

    The platform must be stopped. What is interrupted, even killed, goes on where it was when it is started again.
    """
    from cli.data_dir import claimed  # noqa: PLC0415
    from cli.work_progress import WorkProgress  # noqa: PLC0415
    from stadspuls.registry import load_registry  # noqa: PLC0415
    from store import rebuild as work  # noqa: PLC0415

    settings = load_settings()
    set_up_logs(settings, "rebuild")
    registry = load_registry(settings.cities_dir, settings.themes_dir)
    console = open_console()
    with claimed(settings.data_dir), WorkProgress(console, "Rebuild") as progress:

        def report(far: work.RebuildProgress) -> None:
            progress.report(far.done, far.all, far.observations + far.rejections)

        whole = work.rebuild(settings, registry, stop_on_signal(), report)
    if not whole:
        console.print(f"Interrupted: {progress.total()}. Start it again to go on.", soft_wrap=True)
        raise typer.Exit(1)
    console.print(f"The store is whole: {progress.total()}.", soft_wrap=True)
