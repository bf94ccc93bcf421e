"""Every guide of docs/guides/ and every procedure of docs/operate/procedures/, followed by its letter.

How its blocks are read: `guide.py`.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guides.desk import Desk
from tests.guides.guide import blocks_of
from tests.platform.running import ROOT

DOCS = ROOT / "docs"
GUIDES = sorted([*(DOCS / "guides").glob("*.md"), *(DOCS / "operate" / "procedures").glob("*.md")])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    for needed in ("mosquitto", "mosquitto_pub", "curl", "make", "bash"):
        if shutil.which(needed, path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/bin") is None:
            pytest.skip(f"{needed} is not installed, and the guides use it")
    desk = Desk(tmp_path)
    yield desk
    desk.leave()


def follow(text: str, desk: Desk) -> None:
    for block in blocks_of(text):
        try:
            desk.type(block)
        except AssertionError as error:
            raise AssertionError(f"line {block.line}: {error}") from None


@pytest.mark.platform
@pytest.mark.timeout(900)
@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_a_guide_does_what_it_says(guide: Path, desk: Desk) -> None:
    follow(guide.read_text(), desk)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("```sh\nfalse\ntrue\n```\n", "ended with 1"),
        ("```sh\necho one\n```\n\n```text output\ntwo\n```\n", "where the guide says\ntwo"),
        ("```sh fails\ntrue\n```\n", "ended with 0"),
        ("Look:\n\n```sh not-run\ntrue\n```\n", "say why it is not tested"),
        ("```yaml\na: 1\n```\n", "a block that is not tested: yaml"),
        ("    make up\n", "indented text is not tested"),
    ],
)
def test_a_guide_that_is_wrong_is_found(text: str, why: str, desk: Desk) -> None:
    with pytest.raises(AssertionError, match=why):
        follow(text, desk)


def test_a_terminal_remembers_and_ports_are_its_own(desk: Desk) -> None:
    text = """
```sh
name=kortrijk; cd cities
```

```sh
basename $PWD; echo $name localhost:8080 since $(date)
```

```text output
cities
kortrijk localhost:8080 since ...
```

It is there in a moment:

```sh repeat
echo >> looks; wc -l < looks
```

```text output
3
```
"""
    follow(text, desk)
