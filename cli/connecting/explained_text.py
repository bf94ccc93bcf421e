"""An explanation as people read it, line by line."""

from collections.abc import Iterator

import msgspec
from msgspec import UNSET

from cli.connecting.explained import Explanation, NamedValue, ReadValue, TakenRoute, ValueSteps, Why
from cli.printable import printable
from stadspuls.clock import rfc3339, to_us
from stadspuls.model import Reason

SHOWN = 40
"""Values of one message that are shown; `--json` has all."""
_INDENT = " " * 13


def explained_lines(told: Explanation) -> Iterator[str]:
    """The steps, one a line; long ones go on in lines that begin further right."""
    retained = ", retained by the broker" if told.retained else ""
    yield _line("message", f"{told.bytes} bytes to {told.topic}{retained}")
    yield _line("route", "none" if told.route is None else _route(told.route))
    values = [] if told.values is UNSET else told.values
    if told.values is not UNSET and told.route is not None:
        yield _line("codec", f"{told.route.codec} reads {_count(len(values), 'value')}")
        yield from (_line("", _read(steps.read)) for steps in values[:SHOWN])
        yield from (_line("", f"not usable: {why.detail}") for why in told.unusable or ())
        yield from _translations(values[:SHOWN])
        yield from (_line("checks" if not i else "", _checks(steps)) for i, steps in enumerate(values[:SHOWN]))
        if len(values) > SHOWN:
            yield _line("", f"... and {len(values) - SHOWN} more; --json has all")
    if _was_refused(told) and told.route is not None:
        yield _line("codec", f"{told.route.codec} cannot use the message")
    if told.repeated:
        yield _line("repeated", f"{_count(told.repeated, 'reading')} that stood in the message before")
    yield from _ending(told)


def _was_refused(told: Explanation) -> bool:
    """Whether the codec itself found nothing that can be used; others never came so far."""
    whole = told.refused is not UNSET and told.refused.reason is not Reason.TOO_LARGE
    return whole and told.route is not None and told.route.registered is not False


def _ending(told: Explanation) -> Iterator[str]:
    for observation in told.observations[:SHOWN]:
        yield _line("published", msgspec.json.encode(observation).decode())
    for what in told.derived:
        yield _line("derived", f"{what} is counted anew")
    for why in told.rejections:
        yield _line("rejected", f"{why.reason}: {why.detail}")
    if told.outcome == "no reading":
        yield _line("outcome", "understood, and it holds no new reading")


def _route(route: TakenRoute) -> str:
    source = "" if route.source is UNSET else f" by source {route.source}"
    sensor = "the payload names the sensor"
    if route.sensor is not None:
        known = "" if route.registered else ", which is not registered"
        sensor = f"sensor {route.sensor} from the {route.sensor_from}{known}"
    zone = "" if route.time_zone is UNSET else f"; times without zone are of {route.time_zone}"
    ignored = "" if route.ignore is UNSET else f"; skipped: {', '.join(route.ignore)}"
    return f"dataset {route.dataset}{source}, codec {route.codec}; {sensor}{zone}{ignored}"


def _read(read: ReadValue) -> str:
    sensor = "" if read.sensor is UNSET else f"{read.sensor}: "
    unit = "" if read.unit is UNSET else f" {read.unit}"
    return f"{sensor}{read.name} = {_value(read.value)}{unit}, observed {rfc3339(to_us(read.time))}"


def _translations(values: list[ValueSteps]) -> Iterator[str]:
    """What has another name, sensor, unit or type after translation."""
    changed = [
        f"{steps.read.name} = {_value(steps.read.value)} -> {_in_own_words(steps.translated)}"
        for steps in values
        if steps.translated is not UNSET and _differs(steps.read, steps.translated)
    ]
    yield from (_line("translation" if not i else "", one) for i, one in enumerate(changed))


def _differs(read: ReadValue, named: NamedValue) -> bool:
    sensor = named.sensor if read.sensor is UNSET else read.sensor
    same = (sensor, read.name, read.value) == (named.sensor, named.observed_property, named.value)
    return not same or type(read.value) is not type(named.value)


def _in_own_words(named: NamedValue) -> str:
    unit = "" if named.unit in (UNSET, "1") else f" {named.unit}"
    return f"{named.sensor}: {named.observed_property} = {_value(named.value)}{unit}"


def _checks(steps: ValueSteps) -> str:
    if steps.checks is UNSET:
        return f"{steps.read.name}: no new reading: the broker gives a retained message at every subscription"
    told = [
        f"{check.check} {'ok' if check.passed else 'FAILS'}" + ("" if check.limits is UNSET else f" ({check.limits})")
        for check in steps.checks
    ]
    why = "" if steps.why is UNSET else f": {_reason(steps.why)}"
    return f"{steps.read.name}: {', '.join(told)}; {steps.outcome}{why}"


def _reason(why: Why) -> str:
    return f"{why.reason}, {why.detail}"


def _value(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _line(step: str, text: str) -> str:
    return f"{step:<{len(_INDENT)}}{printable(text)}"
