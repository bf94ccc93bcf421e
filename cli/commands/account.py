"""`stadspuls account`: MQTT accounts of cities at this platform's Mosquitto, and certificates for trying TLS out."""
# ruff: noqa: PLC0415 - other commands do not load what only this one needs

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cli.console import open_console
from stadspuls.clock import rfc3339
from stadspuls.settings import Settings, load_settings

if TYPE_CHECKING:
    from deploy.accounts.issuing import Issued

app = typer.Typer(help="MQTT accounts of cities: make, list, rotate, revoke; certificates.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The account's name, as `account list` shows.")]


@app.command()
def add(
    city: Annotated[str, typer.Argument(help="The city below whose topic it may write and read.")],
    name: Annotated[
        str | None, typer.Option(help="What it is called, when a city has several: `<city>-<what for>`.")
    ] = None,
) -> None:
    """Make an account and an API key of a city, and say what the city needs; secrets are shown this once.

    With the first one Mosquitto lets nobody in any more without an account; our own processes have theirs.
    """
    from deploy.accounts.issuing import issue
    from stadspuls.registry import load_registry

    settings = load_settings()
    cities = load_registry(settings.cities_dir, settings.themes_dir).cities
    _hand_over(settings, issue(settings, city, name or city, cities))


@app.command("list")
def list_accounts() -> None:
    """Show every account; no secret is kept that could be shown."""
    from deploy.accounts.ledger import listed
    from deploy.accounts.server_certificate import valid_until

    settings = load_settings()
    table = Table("account", "topics", "made", "password since", "API key", box=None, pad_edge=False)
    for each in listed(settings):
        table.add_row(
            each.name, f"{each.city}/#", rfc3339(each.created), rfc3339(each.rotated or each.created), each.key
        )
    open_console().print(table)
    if settings.mqtt_tls_port:
        typer.echo(f"The broker's certificate expires on {valid_until(settings):%Y-%m-%d}.", err=True)


@app.command()
def rotate(name: Name) -> None:
    """Give an account a new password and a new API key, shown this once; the old ones open nothing from now on.

    Also for `stadspuls-bridge` and `stadspuls-publisher`, whose processes take it up by themselves.
    """
    from deploy.accounts.book import AccountBook
    from deploy.accounts.brokers import take_up
    from deploy.accounts.issuing import reissue
    from stadspuls.mqtt_access import Role

    settings = load_settings()
    if name in set(Role):
        AccountBook(settings).rotate_own(Role(name))
        _say_whether_told(take_up(settings))
        return
    _hand_over(settings, reissue(settings, name))


@app.command()
def revoke(name: Name) -> None:
    """Take an account and its API key away; what is connected with it is cut off at once."""
    from deploy.accounts.issuing import withdraw
    from deploy.accounts.ledger import listed
    from stadspuls.keys import KeyFile

    settings = load_settings()
    account, told = withdraw(settings, name)
    typer.echo(f"The account {account.name} of {account.city} is revoked.")
    kept = {each.key for each in listed(settings)}
    keys = KeyFile(settings.keys_path).listed()
    if left := [key.id for key in keys if key.city == account.city and key.id not in kept]:
        typer.echo(f"{account.city} has other API keys ({', '.join(left)}): `stadspuls key revoke ID` takes one away.")
    _say_whether_told(told)


@app.command()
def certificates(
    names: Annotated[
        list[str] | None, typer.Argument(help="Host names and addresses by which devices reach the broker.")
    ] = None,
    renew: Annotated[bool, typer.Option(help="Put a new certificate in the place of the one there is.")] = False,
) -> None:
    """Make a CA and a certificate for trying TLS out; in earnest, bring your own (STADSPULS_MQTT_TLS_CERT, _KEY)."""
    from deploy.accounts.brokers import take_up
    from deploy.accounts.certificates import make_certificates
    from deploy.accounts.telling import host_of

    settings = load_settings()
    here = dict.fromkeys([host_of(settings), "localhost", "127.0.0.1"])
    made = make_certificates(settings, names or list(here), renew=renew)
    typer.echo(f"A certificate for {', '.join(made.names)} until {made.until:%Y-%m-%d}.")
    typer.echo(f"Devices know the broker by {made.ca}")
    _say_whether_told(take_up(settings))


def _hand_over(settings: Settings, issued: "Issued") -> None:
    """Say what the city needs, on standard output."""
    from deploy.accounts.telling import what_to_tell

    for what, value in what_to_tell(settings, issued).items():
        typer.echo(f"{what:<10} {value}")
    _say_whether_told(issued.told)


def _say_whether_told(told: bool) -> None:
    """On standard error, so that what is shown once can be piped to where it belongs."""
    typer.echo(
        "The running broker has been told." if told else "No broker runs on this data folder; it counts at its start.",
        err=True,
    )
