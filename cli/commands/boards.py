"""`stadspuls boards`: Grafana boards of the registry in force."""
# ruff: noqa: PLC0415 - other commands start without what makes boards

from pathlib import Path
from typing import Annotated

import typer

from stadspuls.settings import load_settings

app = typer.Typer(
    help="Grafana boards of the registry in force: write them as files, or send them.", no_args_is_help=True
)


@app.command()
def write(
    folder: Annotated[Path, typer.Argument(help="Where Grafana is provisioned from; made when missing.")],
) -> None:
    """Write a file for each board, in a folder for each city; files of boards that are no more go."""
    from deploy.boards import every_board
    from deploy.boards.writing import write_boards
    from stadspuls.registry.in_force import read_in_force

    count = write_boards(every_board(read_in_force(load_settings())), folder)
    typer.echo(f"{count} boards in {folder}")


@app.command()
def push() -> None:
    """Send folders and boards to the Grafana at STADSPULS_GRAFANA_URL, and mark when this registry came into force.

    Sent again, nothing changes there but what has changed here.
    """
    from deploy.boards.pushing import push_boards
    from stadspuls.registry.in_force import applied_at, read_in_force

    settings = load_settings()
    done = push_boards(settings, read_in_force(settings), applied_at(settings))
    mark = "; marked: another registry is in force" if done.marked else ""
    typer.echo(f"{done.boards} boards; {done.changed} boards and folders changed{mark}")
