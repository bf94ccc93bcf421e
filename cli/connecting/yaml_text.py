"""YAML as people write it here, of words that nobody vouches for: the YAML library writes and quotes every one."""

from collections.abc import Mapping

import yaml

from stadspuls.registry.marked import Data

LONGEST_LINE = 120
_ENDLESS = 2**31


class _OneLine(yaml.SafeDumper):
    """Writes everything on one line."""

    def ignore_aliases(self, data: object) -> bool:
        """The registry's files know no aliases."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # Only between double quotes is the end of a line written as an escape.
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_OneLine.add_representer(str, _text)


def flow(value: Data) -> str:
    """A value on one line: `{id: P1, site: P1, properties: [vacantSpaces]}`."""
    return _dumped(value, flow_style=True)


def pair(key: str, value: Data) -> str:
    """A key and its value between braces: `site: P1`."""
    return flow({key: value})[1:-1]


def line(key: str, value: Data) -> str:
    """A key and its value on a line of their own, where fewer words need quotes: `licence: https://...`."""
    if isinstance(value, dict | list):
        return f"{_dumped({key: 0}, flow_style=False).removesuffix(' 0')} {flow(value)}"
    return _dumped({key: value}, flow_style=False)


def _dumped(value: Data, *, flow_style: bool) -> str:
    text = _dump(value, flow_style=flow_style, allow_unicode=True)
    # What would turn the direction of a line is written as an escape, too.
    return text if text.isprintable() else _dump(value, flow_style=flow_style, allow_unicode=False)


def _dump(value: Data, *, flow_style: bool, allow_unicode: bool) -> str:
    text: str = yaml.dump(
        value,
        Dumper=_OneLine,
        default_flow_style=flow_style,
        allow_unicode=allow_unicode,
        sort_keys=False,
        width=_ENDLESS,
    )
    return text.removesuffix("\n").removesuffix("\n...")


def item_lines(item: Mapping[str, Data], column: int) -> list[str]:
    """An item of a list that begins in `column`: on one line where it fits, else a line for each key."""
    whole = f"- {flow(dict(item))}"
    if column + len(whole) <= LONGEST_LINE:
        return [whole]
    first, *others = [line(key, value) for key, value in item.items()]
    return [f"- {first}", *(f"  {other}" for other in others)]
