"""Text is put into YAML so that nothing else of it changes, however it is written."""

import difflib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cli.connecting.insertions import with_item, with_key, with_value
from cli.connecting.yaml_text import flow, item_lines
from stadspuls.registry.marked import Data, Document, Path

ITEM: dict[str, Data] = {"id": "N1", "words": ["a", "b"]}

FORMS = {
    "a block list": "a:\n  l:\n    - {id: one}\n    - id: two\n      x: 1  # last\n  # after\n  z: 1\n",
    "a list that is not indented": "a:\n  l:\n  - {id: one}  # first\n\n  # a comment below\n  z: 1\n",
    "a flow list": "a:\n  l: [{id: one}, {id: two}]  # here\n  z: 1\n",
    "a flow list over several lines": "a:\n  l: [\n    {id: one},\n    {id: two},\n  ]\n  z: 1\n",
    "an empty list": "a:\n  l: []  # none yet\n  z: 1\n",
    "an empty list at the end": "a:\n  z: 1\n  l: []",
    "no list": "a:\n  z: 1  # alone\n# the end\n",
    "no value": "a:\n  l:\n  z: 1\n",
    "a mapping on one line": "a: {l: [{id: one}], z: 1}\n",
    "a mapping on one line with an empty list": "a: {l: [], z: 1}\n",
    "a mapping on one line without a list": "a: {z: 1}\n",
    "no end of line at the end": "a:\n  l:\n    - {id: one}",
    "windows": "a:\r\n  l:\r\n    - {id: one}\r\n  z: 1\r\n",
    "a text of several lines": "a:\n  l:\n    - id: |\n        one\n        two\n\n    # more\n  z: 1\n",
    "accents": "# é ë 🚲\na:\n  l:\n    - {id: 'é 🚲'}  # ü\n  z: 1\n",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_an_item_is_put_at_the_end_and_every_other_line_stays(form: str) -> None:
    before, after = yaml.safe_load(form), yaml.safe_load(with_item(form, ("a", "l"), ITEM))
    before["a"]["l"] = [*(before["a"].get("l") or []), ITEM]
    assert after == before


@pytest.mark.parametrize("name", ["a block list", "a list that is not indented", "accents", "windows"])
def test_lines_are_added_and_none_is_touched(name: str) -> None:
    form, changed = FORMS[name], with_item(FORMS[name], ("a", "l"), ITEM)
    kinds = {line[0] for line in difflib.ndiff(form.splitlines(True), changed.splitlines(True))}
    assert kinds == {" ", "+"}


def test_a_comment_behind_an_empty_list_stays() -> None:
    text = with_item("a:\n  l: []  # none yet\n", ("a", "l"), {"id": "one"})
    assert text == "a:\n  l:  # none yet\n    - {id: one}\n"


@pytest.mark.parametrize(
    ("text", "path", "changed"),
    [
        ("a:\n  b: 1  # one\nc: 2\n", ("a",), "a:\n  b: 1  # one\n  'no': x\nc: 2\n"),
        ("a: {b: 1}\n", ("a",), "a: {b: 1, 'no': x}\n"),
        ("a: {}  # none\n", ("a",), "a: {'no': x}  # none\n"),
        ("l:\n  - a: {b: 1}\n", ("l", 0), "l:\n  - a: {b: 1}\n    'no': x\n"),
    ],
)
def test_a_key_is_put_at_the_end(text: str, path: Path, changed: str) -> None:
    assert with_key(text, path, "no", "x") == changed


def test_a_value_is_replaced_where_it_stands() -> None:
    assert with_value("a: [{b: 1, c: 2}]  # x\n", ("a", 0, "c"), 3) == "a: [{b: 1, c: 3}]  # x\n"


texts = st.text(max_size=80) | st.sampled_from(
    ["no", "1", "~", "- a", "a: b", "# a", "...", "{", "'", '"', "a\nb", "\x1b[0m"]
)


@given(name=texts, key=texts.filter(bool))
def test_any_words_are_quoted_so_that_they_come_back(name: str, key: str) -> None:
    name, key = (text.encode("utf-8", "ignore").decode() for text in (name, key))
    written = with_item("a:\n  l: []\n", ("a", "l"), {"id": name, "names": {"nl": name}, "x": [name, {key: 1}]})
    assert yaml.safe_load(written) == {"a": {"l": [{"id": name, "names": {"nl": name}, "x": [name, {key: 1}]}]}}
    assert "\x1b" not in written
    assert yaml.safe_load(flow(name)) == name


def test_what_is_too_long_for_a_line_has_a_line_for_each_key() -> None:
    assert item_lines({"id": "a", "site": "b"}, 6) == ["- {id: a, site: b}"]
    assert item_lines({"id": "a" * 60, "site": "b" * 60}, 6) == [f"- id: {'a' * 60}", f"  site: {'b' * 60}"]


def test_a_broken_text_would_be_noticed() -> None:
    assert Document("f", "a: [").mistakes
