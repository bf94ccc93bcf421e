"""A guide's fenced blocks, in the order in which its reader types them.

A block's first word is its language, for who renders the page; the words behind it are for the test:

| block | what the test does |
|---|---|
| `sh` | types it in the second terminal; it must succeed |
| `sh fails` | the same; its last command must fail |
| `sh repeat` | the same, again and again until what it shows is what the next block says |
| `sh terminal-1` | starts it in the first terminal, where it goes on; waits until the platform is ready |
| `sh ctrl-c` | presses Ctrl-C in the first terminal; waits until everything there has ended |
| `sh not-run` | nothing; the paragraph before it tells the reader why, with the words `Not tested` |
| `text output` | what the block before it must have shown, whole |

In an output, `...` stands for any text within a line, a line that is `...` alone for any lines, and a run of spaces for
any run of spaces; empty lines do not count. No other block is allowed, so that nothing stands there untested.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

_FENCE = "```"


class Way(StrEnum):
    """How a block is typed."""

    RUN = ""
    FAILS = "fails"
    REPEAT = "repeat"
    TERMINAL_1 = "terminal-1"
    CTRL_C = "ctrl-c"
    NOT_RUN = "not-run"


@dataclass(kw_only=True)
class Block:
    """One block of commands, and what it shows.

    Attributes:
        line: of its first command, in the guide.
        shows: the output after it; None: whatever it is.
    """

    line: int
    way: Way
    commands: str
    shows: str | None = field(default=None)


def blocks_of(text: str) -> list[Block]:
    """The blocks of a guide; one that the test could pass over is a mistake."""
    found: list[Block] = []
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        if not lines[at].startswith(_FENCE):
            assert not lines[at].startswith("    "), f"line {at + 1}: indented text is not tested, use a fence"
            at += 1
            continue
        end = lines.index(_FENCE, at + 1)
        inside = "".join(f"{line}\n" for line in lines[at + 1 : end])
        _add(found, lines[at][len(_FENCE) :].split(), inside, at, _paragraph_before(lines, at))
        at = end + 1
    return found


def _add(found: list[Block], words: list[str], inside: str, at: int, before: str) -> None:
    if words == ["text", "output"]:
        assert found, f"line {at + 1}: an output of nothing"
        assert found[-1].shows is None, f"line {at + 1}: two outputs of one block"
        found[-1].shows = inside
        return
    assert words[:1] == ["sh"], f"line {at + 1}: a block that is not tested: {' '.join(words)}"
    way = Way(" ".join(words[1:]))
    assert way is not Way.NOT_RUN or "Not tested" in before, f"line {at + 1}: say why it is not tested"
    found.append(Block(line=at + 2, way=way, commands=inside))


def _paragraph_before(lines: list[str], at: int) -> str:
    above = lines[:at]
    while above and not above[-1]:
        above.pop()
    start = len(above)
    while start and above[start - 1]:
        start -= 1
    return " ".join(above[start:])


def is_shown(shown: str, expected: str) -> bool:
    """Whether an output is what a guide says."""
    lines = _lines(expected)
    pattern = "".join(r"(?:[^\n]*\n)*?" if line == "..." else _line_pattern(line) + r"\n" for line in lines)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _lines(shown))) is not None


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _line_pattern(line: str) -> str:
    pieces = [r"\s+".join(map(re.escape, re.split(r"\s+", piece))) for piece in line.split("...")]
    return r"[^\n]*?".join(pieces).replace(r"\s+", r"[^\S\n]+")
