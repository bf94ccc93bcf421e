"""`stadspuls rejected`: what was kept back instead of published, why, and once more what can be published by now."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType

from cli.console import open_console
from stadspuls.model import Reason
from stadspuls.settings import load_settings

if TYPE_CHECKING:
    from store import StoreReader

app = typer.Typer(help="What was kept back instead of published: list, show, replay.", no_args_is_help=True)

_MOMENT = "a date, a time (RFC 3339), or so long ago (PT1H)"
CityOption = Annotated[str | None, typer.Option(help="Only of this city.")]
DatasetOption = Annotated[str | None, typer.Option(help="Only of this dataset, such as gent/parking.")]
ReasonOption = Annotated[Reason | None, typer.Option(help="Only for this reason.")]
SinceOption = Annotated[str | None, typer.Option(help=f"Rejected at or after {_MOMENT}.")]
UntilOption = Annotated[str | None, typer.Option(help=f"Rejected before {_MOMENT}.")]


@app.command("list")
def list_rejected(
    *,
    city: CityOption = None,
    dataset: DatasetOption = None,
    reason: ReasonOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    after: Annotated[str | None, typer.Option(metavar="KEY", help="Go on behind this one.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The newest ones, at most so many.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, with the payload.")] = False,
) -> None:
    """List what was kept back instead of published, newest first."""
    from cli import rejections  # noqa: PLC0415 - other commands start without it
    from cli.replaying import query_of, rejection_of  # noqa: PLC0415
    from store.protocol import RejectedPlace  # noqa: PLC0415

    query = replace(query_of(city, dataset, reason, since, until), limit=limit)
    with _reader() as reader:
        if after is not None:
            query = replace(query, after=RejectedPlace(rejection_of(reader, after).rejected_at, after))
        found = reader.rejected(query)
    if as_json:
        for rejection in found:
            typer.echo(rejections.as_json(rejection))
    else:
        _tell([rejections.table_of(found)])


@app.command()
def show(
    key: Annotated[str, typer.Argument(metavar="KEY", help="As `rejected list` shows it.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show everything that is known of one rejection, its payload, and what to do."""
    from cli import rejections  # noqa: PLC0415
    from cli.replaying import rejection_of  # noqa: PLC0415

    with _reader() as reader:
        rejection = rejection_of(reader, key)
    if as_json:
        typer.echo(rejections.as_json(rejection))
    else:
        _tell(rejections.described(rejection))


@app.command()
def replay(
    *,
    keys: Annotated[list[str] | None, typer.Argument(metavar="KEY...", help="As `rejected list` shows them.")] = None,
    city: CityOption = None,
    dataset: DatasetOption = None,
    reason: ReasonOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    again: Annotated[bool, typer.Option(help="Of what is chosen by options also what was replayed before.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how much it is, and send nothing.")] = False,
    wait: Annotated[float, typer.Option(min=1, max=86_400, help="Seconds that a piece may take.")] = 60,
) -> None:
    """Send the original messages through the running platform once more; nothing is published twice."""
    from cli import replaying  # noqa: PLC0415

    settings = load_settings()
    query = replaying.query_of(city, dataset, reason, since, until)
    if bool(keys) == (query != type(query)()):
        raise typer.BadParameter("name keys, or choose by --reason, --city, --dataset, --since, --until")
    with _reader() as reader:
        selection = replaying.chosen(reader, keys or (), query, again=again)
    _tell(replaying.passed_over(selection))
    if dry_run or not selection.messages:
        _tell([f"{len(selection.messages)} messages {'would be' if dry_run else 'were'} sent."])
        return
    result = replaying.replay(settings, selection, wait, open_console())
    _tell(replaying.what_came(selection, result, wait))
    if result.stored < len(selection.messages):
        raise typer.Exit(1)


def _reader() -> "closing[StoreReader]":
    from store.backends import open_reader  # noqa: PLC0415

    return closing(open_reader(load_settings()))


def _tell(lines: Iterable[RenderableType]) -> None:
    console = open_console()
    for line in lines:
        console.print(line, soft_wrap=isinstance(line, str))
