"""`stadspuls doctor`: what is wrong with this platform, and what to do about it."""

import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import open_console

if TYPE_CHECKING:
    from cli.doctor.examining import Examined

ENV_FILE = Path(".env")


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    api: Annotated[
        str | None, typer.Option(metavar="URL", help="Where the API answers; by default as the settings say.")
    ] = None,
) -> None:
    """Look at settings, files, servers, clock and rights, and say of everything wrong what to do; changes nothing.

    The exit code is 1 when something is wrong; warnings alone are no reason.
    """
    from cli.doctor.finding import Level  # noqa: PLC0415 - other commands do not load what only this one needs
    from cli.doctor.report import as_json as json_of  # noqa: PLC0415
    from cli.doctor.report import overall, tell  # noqa: PLC0415

    # What libraries log of servers that are away is what the findings say.
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    examined = look_at_everything(api)
    if as_json:
        typer.echo(json_of(examined))
    else:
        tell(open_console(), examined)
    raise typer.Exit(1 if overall(examined) is Level.WRONG else 0)


def look_at_everything(api: str | None = None, seconds: float | None = None) -> "list[Examined]":
    """Every check, with what it has found; no secret stands in it.

    Args:
        api: where the API answers; None: as the settings say.
        seconds: how long all of it may take; None: as long as an operator waits.
    """
    from cli.doctor.check import Subject  # noqa: PLC0415
    from cli.doctor.every import EVERY  # noqa: PLC0415
    from cli.doctor.examining import SECONDS, Examined, examine  # noqa: PLC0415
    from cli.doctor.secrecy import secrets_of, tellable  # noqa: PLC0415
    from cli.doctor.settings_check import CHECK as SETTINGS  # noqa: PLC0415
    from cli.doctor.settings_check import usable_settings  # noqa: PLC0415
    from cli.services import reachable  # noqa: PLC0415

    settings, mistakes = usable_settings(ENV_FILE)
    if settings is None:
        return [Examined(SETTINGS, list(mistakes))]
    scheme = "https" if settings.http_tls_cert else "http"
    here = f"{scheme}://{reachable(settings.http_host)}:{settings.http_port}"
    subject = Subject(settings, mistakes, ENV_FILE, (api or here).rstrip("/"))
    examined = examine(subject, EVERY, seconds or SECONDS)
    secrets = secrets_of(settings)
    return [Examined(each.check, [tellable(one, secrets) for one in each.findings]) for each in examined]
