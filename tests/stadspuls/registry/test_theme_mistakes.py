"""Every mistake in a theme file is told with file, line and field, and nothing is told beside it."""

from collections.abc import Callable

import pytest

Break = Callable[[str, str, str], list[str]]

VACANT = "properties.vacantSpaces"

MISTAKES = [
    ("slug: parking", "slug: park # here", "slug: 'park', but the file is called parking.yaml"),
    ('unit: "1"\n    possible', "unit: µg/m3 # here\n    possible", f"{VACANT}.unit: 'µg/m3' is no UCUM unit"),
    ('unit: "1"\n    possible', "unit: 1 # here\n    possible", f"{VACANT}.unit: should be text; put a number"),
    ("type: boolean", "type: bool # here", "properties.occupied.type: Input should be 'number', 'boolean' or 'text'"),
    ("max_age: PT15M", "max_age: P1M # here", f"{VACANT}.max_age: 'P1M' is no duration"),
    ("sampling: on-change", "sampling: often # here", f"{VACANT}.sampling: Input should be 'periodic' or 'on-change'"),
    ("max: 20000}", "max: -1} # here", f"{VACANT}.possible: min 0 is not below max -1"),
    ("max: 20000}", "max: .inf} # here", f"{VACANT}.possible.max: Input should be a finite number"),
    ("{min: 0, max: capacity}", "{min: 9, max: 2} # here", f"{VACANT}.plausible: min 9 is not below max 2"),
    ("{min: 0, max: capacity}", "{min: -5, max: 9} # here", f"{VACANT}.plausible.min: -5 lies outside the possible"),
    ("{min: 0, max: capacity}", "{min: 0, max: 20001} # here", f"{VACANT}.plausible.max: 20001 lies outside the pos"),
    ("max: capacity}", "max: room} # here", f"{VACANT}.plausible.max: Input should be a valid number or Input should"),
    (
        "max_age: PT4H",
        "possible: {min: 0, max: 1} # here\n    max_age: PT4H",
        "properties.occupied.possible: only numb",
    ),
    ("max_age: PT4H", "max_age: PT4H\n    iri: datex:x # here", "properties.occupied.iri: 'datex:x' is no absolute"),
    ("source: occupied", "source: taken # here", "derived[0].source: no property 'taken' in this theme; known: vac"),
    ("function: count-false", "function: sum # here", "derived[0].function: Input should be 'count-false' or"),
    (
        "function: count-false",
        "function: count-false\n  - {property: vacantSpaces, source: occupied, function: count-true} # here",
        "derived[1].property: 'vacantSpaces' stands here twice, first in line",
    ),
    (
        "  - property: vacantSpaces",
        "  - property: occupied # here",
        "derived[0].property: 'occupied' is a boolean; a c",
    ),
    ("  street: {names: {nl: Straat}}", "  street: {} # here", "kinds.street.names: is missing"),
]

NAMES = [
    ("1occupied", "'1occupied' is no property name"),
    ("occu_pied", "'occu_pied' is no property name"),
    ("time", "'time' is the instant of a message"),
]


@pytest.mark.parametrize(("old", "new", "expected"), MISTAKES)
def test_mistake_is_told_with_its_line(broken: Break, old: str, new: str, expected: str) -> None:
    told = [mistake for mistake in broken("themes/parking.yaml", old, new) if mistake.startswith("themes/")]
    assert len(told) == 1
    assert told[0].startswith(f"themes/parking.yaml:here: {expected}")


@pytest.mark.parametrize(("name", "expected"), NAMES)
def test_name_that_no_property_can_have_is_told(broken: Break, name: str, expected: str) -> None:
    told = broken("themes/parking.yaml", "  occupied:\n", f"  {name}: # here\n")
    assert any(mistake.startswith(f"themes/parking.yaml:here: properties.{name}: {expected}") for mistake in told)


def test_slug_that_is_a_word_of_the_addresses_is_told(broken: Break) -> None:
    told = broken("themes/parking.yaml", "slug: parking", "slug: latest # here")
    assert told[0].startswith("themes/parking.yaml:here: slug: 'latest' is a word of the published addresses")


def test_derivation_from_a_number_is_told(broken: Break) -> None:
    told = broken("themes/parking.yaml", "source: occupied", "source: vacantSpaces # here")
    assert (
        "themes/parking.yaml:here: derived[0].source: 'vacantSpaces' is a number; a count needs a boolean here" in told
    )
