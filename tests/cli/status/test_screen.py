"""One screen: what is wrong first and in words, and no more than fits."""

import io

from rich.console import Console

from cli.status.addresses import found_at
from cli.status.asking import look
from cli.status.painting import paint
from cli.status.picture import Picture
from cli.status.screen import HEIGHT, screen
from tests.cli.status.processes import dataset, health, healthy_platform, process, telling_process


def drawn(picture: Picture, *, everything: bool = False) -> list[str]:
    console = Console(file=io.StringIO(), width=80, height=HEIGHT, force_terminal=False, markup=False, highlight=False)
    console.print(screen(picture, everything=everything))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().rstrip("\n").split("\n")


def large_city(**changes: float) -> Picture:
    """29 datasets, 13 services."""
    told = healthy_platform() | changes
    for number in range(27):
        told |= dataset(f"sint-niklaas/air-quality-{number:02}", age=10 + number)
    for name in ("door", "mqtt-keeper", "pollers", "publisher", "replays", "simulators", "streams-2"):
        told |= process(name)
    with telling_process(told, health()) as one:
        return paint(look(found_at([one.url])))


def test_a_large_city_fits_on_a_small_terminal() -> None:
    lines = drawn(large_city())
    assert len(lines) <= HEIGHT - 1
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if "…" in line]
    assert lines[0].endswith("all is well")
    assert lines[-1].endswith("more datasets need no look before these (--all)")
    for word in ("streams-2", "64 MiB", "frames waiting: streams 2, sink 0", "live subscribers 3", "nothing expires"):
        assert any(word in line for line in lines), word


def test_everything_is_shown_on_demand() -> None:
    lines = drawn(large_city(), everything=True)
    assert sum("sint-niklaas/air-quality" in line for line in lines) == 27
    assert "--all" not in "".join(lines)


def test_what_is_wrong_comes_first_and_is_marked_with_words() -> None:
    lines = drawn(large_city(**dataset("gent/parking", age=4000), bridge_connected=0))
    assert lines[0].endswith("2 WRONG")
    assert lines[1] == "WRONG  the bridge has no session at the MQTT broker"
    assert lines[2].startswith("WRONG  gent/parking is stale")
    stale = [line for line in lines if line.startswith("gent/parking")]
    assert [line.rstrip().endswith("STALE") for line in stale] == [True]
    assert len(lines) <= HEIGHT - 1


def test_very_much_that_is_wrong_leaves_room_for_the_rest() -> None:
    faults = {f'clock_ahead_seconds{{dataset="sint-niklaas/air-quality-{n:02}"}}': 99.0 for n in range(27)}
    picture = large_city(**faults)
    lines = drawn(picture)
    assert len(lines) <= HEIGHT - 1
    told = [line for line in lines if line.startswith("WRONG")]
    assert told[-1] == f"WRONG  and {27 - len(told) + 1} more things (--all)"
    assert sum(line.startswith("WRONG") for line in drawn(picture, everything=True)) == 27


def test_a_process_that_is_silent_is_marked_with_a_word() -> None:
    with telling_process(healthy_platform() | process("sink", worked=99), health()) as one:
        lines = drawn(paint(look(found_at([one.url]))))
    assert [line for line in lines if "sink" in line and "SILENT" in line]


def test_escapes_in_names_do_not_reach_the_terminal() -> None:
    with telling_process(healthy_platform() | dataset("gent/\x1b[2Jx", age=4000), health()) as one:
        shown = "\n".join(drawn(paint(look(found_at([one.url])))))
    assert "\x1b" not in shown
    assert r"gent/\x1b[2Jx is stale" in shown
