"""Settings: each can be used, together they are possible, and no variable is a typing mistake."""

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings.sources import DotEnvSettingsSource

from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, good, warning, wrong
from stadspuls.errors import SettingsError
from stadspuls.settings import PREFIX, ROOT, Settings

FILE = "_FILE"
_INTERNAL = re.compile(rf"{PREFIX}(SUPERVISED|MUTATIONS|(TEST|SOAK|BENCH)_\w+)")
"""What the supervisor tells its children, and what tests and benchmarks are told."""
_SERVICE_LINK = re.compile(rf"({PREFIX}\w+?)_(SERVICE_HOST|SERVICE_PORT\w*|PORT(_\d+_(TCP|UDP)\w*)?)")
"""What Kubernetes tells of a service whose name begins with `stadspuls`."""
_TRIES = 20
_ALIKE = 0.75
"""From 0 to 1: two letters of eight may be wrong."""
_SECRETS = {name for name, field in Settings.model_fields.items() if field.annotation is SecretStr}


def usable_settings(env_file: Path) -> tuple[Settings | None, tuple[Finding, ...]]:
    """The settings, with the default for each that cannot be used, and what is wrong with those.

    None when there is no way to have any.
    """
    found: list[Finding] = []
    left: dict[str, object] = {}
    hidden: set[str] = set()
    unreadable: dict[str, SecretStr] = {}
    for _ in range(_TRIES):
        try:
            with _without(hidden):
                settings = Settings(_env_file=env_file, **left, **unreadable)  # type: ignore[arg-type]
            return settings.model_copy(update=dict.fromkeys(unreadable, SecretStr(""))), tuple(found)
        except ValidationError as error:
            for mistake in error.errors(include_url=False, include_input=False, include_context=False):
                names = _names_of(mistake)
                found.append(_mistaken(mistake["msg"], names))
                if not names:
                    return None, tuple(found)
                left |= {name: Settings.model_fields[name].default for name in names}
        except SettingsError as error:
            variable, _, text = str(error).partition(": ")
            found.append(_unreadable(variable, text))
            if variable in os.environ:
                hidden.add(variable)
            else:
                # Any secret keeps the settings from looking for one that own servers have left.
                unreadable[variable.removeprefix(PREFIX).lower()] = SecretStr("unreadable")
    return None, tuple(found)


def _look(subject: Subject) -> Iterator[Finding]:
    yield from subject.mistakes
    unknown_names = list(_unknown_variables(subject.env_file))
    yield from unknown_names
    if not subject.mistakes and not unknown_names:
        yield good(f"{len(Settings.model_fields)} settings can be used; profile {subject.settings.profile}")


CHECK = Check("settings", "each setting can be used; no variable is a typing mistake", _look)


@contextmanager
def _without(variables: set[str]) -> Iterator[None]:
    """This process's environment without some variables, as long as the block runs."""
    kept = {name: os.environ.pop(name) for name in variables}
    try:
        yield
    finally:
        os.environ.update(kept)


def _names_of(mistake: ErrorDetails) -> list[str]:
    """The settings that a mistake is about; what is impossible together names them before its colon."""
    if mistake["loc"]:
        named = [str(mistake["loc"][0])]
    else:
        named = mistake["msg"].removeprefix("Value error, ").partition(":")[0].split(", ")
    return [name for name in named if name in Settings.model_fields]


def _mistaken(message: str, names: list[str]) -> Finding:
    where = ", ".join(_variable(name) for name in names)
    defaults = " and ".join(f"{_variable(name)}={_told(name)}" for name in names)
    cure = f"give it another value (docs/settings.md), or leave it out: {defaults} is the default"
    return wrong(f"{message.removeprefix('Value error, ')}; looked further with the default", where, cure)


def _unreadable(variable: str, text: str) -> Finding:
    return wrong(f"its secret cannot be read: {text}", variable, "name a file that this user may read")


def _told(name: str) -> str:
    default = Settings.model_fields[name].default
    return "" if isinstance(default, SecretStr) else str(default)


def _unknown_variables(env_file: Path) -> Iterator[Finding]:
    yield from _unknown(os.environ, "environment")
    if env_file.is_file():
        given = DotEnvSettingsSource(Settings, env_file=env_file, env_prefix=PREFIX).env_vars
        names = {name.upper(): value or "" for name, value in given.items()}
        yield from _unknown(names, str(env_file))
        for name in names:
            if name in _secret_files():
                cure = f"put {name} into the environment: only there is it read"
                yield wrong("names a file with a secret, and is not read here", f"{name} in {env_file}", cure)


def _unknown(variables: Mapping[str, str], where: str) -> Iterator[Finding]:
    known = _known()
    for name in sorted(variables):
        if not name.upper().startswith(PREFIX) or name.upper() in known or _INTERNAL.fullmatch(name):
            continue
        link = _SERVICE_LINK.fullmatch(name)
        if link and f"{link[1]}_SERVICE_HOST" in variables:
            continue
        near = _nearest(name.upper(), known)
        if near:
            yield wrong(
                f"no setting is called so: it does nothing. {near} is one",
                f"{name} in {_place(where)}",
                f"write {near}= in its place",
            )
        else:
            yield warning(
                "no setting is called so: it does nothing",
                f"{name} in {_place(where)}",
                "take it out; `stadspuls settings` shows all there are",
            )


def _nearest(name: str, known: set[str]) -> str | None:
    """The setting that was meant, probably; without what all begin with, which makes any two alike."""
    endings = [each.removeprefix(PREFIX) for each in sorted(known)]
    near = difflib.get_close_matches(name.removeprefix(PREFIX), endings, 1, cutoff=_ALIKE)
    return f"{PREFIX}{near[0]}" if near else None


def _place(where: str) -> str:
    return f"the {where}" if where == "environment" else where


def _known() -> set[str]:
    return {_variable(name) for name in Settings.model_fields} | _secret_files() | _of_compose()


def _secret_files() -> set[str]:
    return {f"{_variable(name)}{FILE}" for name in _SECRETS}


def _of_compose() -> set[str]:
    """What docker-compose.yml takes from the same `.env`, where it lies beside."""
    file = ROOT / "docker-compose.yml"
    return set(re.findall(rf"\$\{{({PREFIX}\w+)", file.read_text())) if file.is_file() else set()


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"
