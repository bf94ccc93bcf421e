"""Whatever people write, the loader answers with a registry or with mistakes, never with another error."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stadspuls.errors import RegistryError
from stadspuls.registry import load_registry

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)


def places(part: object) -> Iterator[tuple[object, object]]:
    """Every mapping or list in the data, with each of its keys."""
    entries = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in entries:
        yield part, key
        yield from places(value)


@pytest.mark.parametrize("name", ["cities/gent.yaml", "themes/parking.yaml"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_any_part_may_be_replaced_by_anything(good: Path, name: str, data: st.DataObject) -> None:
    original = (good / name).read_text()
    written = yaml.safe_load(original)
    part, key = data.draw(st.sampled_from(list(places(written))))
    part[key] = data.draw(anything)  # type: ignore[index]
    (good / name).write_text(yaml.safe_dump(written))
    mistakes: list[str] = []
    try:
        load_registry(good / "cities", good / "themes")
    except RegistryError as error:
        mistakes = error.mistakes
    finally:
        (good / name).write_text(original)
    assert all(mistake.startswith(("cities/gent.yaml:", "themes/parking.yaml:")) for mistake in mistakes)
    assert not any("\n" in mistake for mistake in mistakes)
