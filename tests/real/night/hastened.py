"""The rules at another pace: a night in about ten minutes.

Every patience (`for`) and every stretch of time in an expression is divided by the pace, and nothing else is changed:
not what is compared, not the limits. Stretches keep at least a minute, or counters that are asked once a second would
be too coarse.
"""

import re
from typing import Any

import yaml

from tests.real.prometheus_server import RULES

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LENGTH = re.compile(r"(\d+)([smhd])")
_SHORTEST_STRETCH = 60
_SHORTEST_PATIENCE = 3
_STRETCH = re.compile(r"(?<=\[)\d+[smhd](?=\])|(?<=offset )\d+[smhd]")
_AGE = re.compile(r"(?<=stadspuls_spool_age_seconds > )\d+")


def hastened_rules(pace: int) -> dict[str, Any]:
    """The rules of this project in a form that Prometheus reads, `pace` times as fast."""
    document: dict[str, Any] = yaml.safe_load(RULES.read_text())
    for group in document["groups"]:
        group["interval"] = "1s"
        for rule in group["rules"]:
            rule["expr"] = _hastened(rule["expr"], pace)
            if "for" in rule:
                rule["for"] = f"{max(_SHORTEST_PATIENCE, _seconds(rule['for']) // pace)}s"
    return document


def _hastened(expr: str, pace: int) -> str:
    shorter = _STRETCH.sub(lambda found: f"{max(_SHORTEST_STRETCH, _seconds(found[0]) // pace)}s", expr)
    # The one limit that is a time which has to pass.
    return _AGE.sub(lambda found: str(int(found[0]) // pace), shorter)


def _seconds(length: str) -> int:
    found = _LENGTH.fullmatch(length)
    assert found is not None, length
    return int(found[1]) * _UNITS[found[2]]
