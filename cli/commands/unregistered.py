"""`stadspuls unregistered`: devices that send and are not registered, each with an entry for its city's file."""

from contextlib import closing
from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from cli.printable import printable
from stadspuls.clock import rfc3339
from stadspuls.logs import set_up_logs
from stadspuls.model import Reason
from stadspuls.settings import Settings, load_settings

if TYPE_CHECKING:
    from cli.connecting.proposed import Proposal
    from cli.connecting.strangers import Found, Stranger
    from stadspuls.registry import Registry

SHOWN_BYTES = 300


def unregistered(
    city: Annotated[str | None, typer.Option(help="Only devices whose topics begin with this city.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Look at the newest rejected messages, at most so many.")] = 10_000,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a device.")] = False,
) -> None:
    """List devices that send but are not registered, with what they seem to speak and an entry to paste.

    Registered is what stands in the city files as they are now, applied or not.
    """
    from cli.connecting.proposed import propose  # noqa: PLC0415
    from stadspuls.registry import load_registry  # noqa: PLC0415

    settings = load_settings()
    set_up_logs(settings, "unregistered")
    registry = load_registry(settings.cities_dir, settings.themes_dir)
    found, looked_at = _find(settings, registry, city, limit)
    for stranger in found.strangers:
        proposal = propose(stranger, registry, settings)
        if as_json:
            typer.echo(msgspec.json.encode(_document(stranger, proposal)))
        else:
            _print(stranger, proposal)
    if not as_json:
        _print_ending(found, looked_at, limit)


def _find(settings: Settings, registry: "Registry", city: str | None, limit: int) -> tuple["Found", int]:
    from cli.connecting.explain import Explainer  # noqa: PLC0415
    from cli.connecting.strangers import find_strangers  # noqa: PLC0415
    from store.backends import open_reader  # noqa: PLC0415
    from store.protocol import RejectedQuery  # noqa: PLC0415
    from store.rejected_pages import rejected_pages  # noqa: PLC0415

    with closing(open_reader(settings)) as reader:
        pages = rejected_pages(reader, RejectedQuery(city=city, reason=Reason.UNREGISTERED))
        rejections = list(islice(chain.from_iterable(pages), limit))
    explainer = Explainer(registry, settings.base_url, settings.partitions)
    waiting = [one for one in rejections if one.replayed_at is None]
    return find_strangers(waiting, registry, explainer), len(rejections)


def _print(stranger: "Stranger", proposal: "Proposal") -> None:
    from cli.connecting.entry_text import entry_text  # noqa: PLC0415

    topic = stranger.message.topic
    named = "" if stranger.device is None or stranger.device == topic.split("/")[-1] else f" (device {stranger.device})"
    seen = f"{rfc3339(stranger.first_seen)} to {rfc3339(stranger.last_seen)}"
    typer.echo(f"{printable(topic)}{printable(named)}: {stranger.count} times, {seen}")
    typer.echo(f"  payload  {printable(_shown(stranger.message.payload))}")
    told = "; ".join(f"{guess.codec} ({', '.join(guess.known) or 'no known property'})" for guess in proposal.guesses)
    typer.echo(f"  codec    {printable(told) if told else 'none reads it'}")
    if not proposal.entry:
        typer.echo(f"  no entry: {printable(proposal.why_none)}")
    else:
        typer.echo(f"  for cities/{topic.split('/')[0]}.yaml:\n")
        typer.echo(entry_text(proposal.entry), nl=False)
    typer.echo()


def _print_ending(found: "Found", looked_at: int, limit: int) -> None:
    typer.echo(f"Devices that are not registered: {len(found.strangers)}")
    if found.strangers:
        typer.echo("After pasting: stadspuls registry check, and stadspuls registry apply")
    if found.known_by_now:
        typer.echo(f"Rejected messages of devices that are registered by now: {found.known_by_now}")
    if found.fields:
        typer.echo(f"Rejected messages of registered sensors, with fields that these do not observe: {found.fields}")
    if looked_at >= limit:
        typer.echo(f"Only the newest {limit} rejected messages were looked at (--limit)")


def _shown(payload: bytes) -> str:
    text = payload[:SHOWN_BYTES].decode(errors="backslashreplace")
    return text if len(payload) <= SHOWN_BYTES else f"{text}..."


def _document(stranger: "Stranger", proposal: "Proposal") -> dict[str, object]:
    from cli.connecting.entry_text import entry_text  # noqa: PLC0415

    return {
        "topic": stranger.message.topic,
        "device": stranger.device,
        "count": stranger.count,
        "firstSeen": rfc3339(stranger.first_seen),
        "lastSeen": rfc3339(stranger.last_seen),
        "payload": _shown(stranger.message.payload),
        "codecs": [{"codec": guess.codec, "properties": guess.known} for guess in proposal.guesses],
        "entry": proposal.entry or None,
        "yaml": entry_text(proposal.entry) if proposal.entry else None,
        "noEntry": proposal.why_none or None,
    }
