"""Boards: one for everything there is, as Grafana's schema says, in two languages, and nothing of others in a query."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.boards import Board, every_board
from deploy.boards.board import Folder, uid_of
from deploy.boards.flux import dictionary, quoted
from deploy.boards.limits import LIMITS
from deploy.boards.parts import promql
from deploy.boards.writing import directory_name, write_boards
from stadspuls.errors import BoardsError
from stadspuls.registry import Registry, load_registry
from stadspuls.settings import ROOT
from tests.deploy.boards.schema import mistakes
from tests.test_docs import metric_names

HOSTILE = 'Q") |> drop() $__user ${x} [[y]] {{z}} \\ \n"'


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry(ROOT / "cities", ROOT / "themes")


@pytest.fixture(scope="module")
def boards(registry: Registry) -> list[Board]:
    return every_board(registry)


def panels(board: Board) -> list[dict[str, Any]]:
    found = board.document["panels"]
    assert isinstance(found, list)
    return found


def asked(board: Board) -> list[str]:
    return [target.get("query") or target["expr"] for panel in panels(board) for target in panel["targets"]]


def by_uid(boards: list[Board], uid: str) -> Board:
    (found,) = (board for board in boards if board.uid == uid)
    return found


def test_there_is_a_board_for_the_platform_each_city_and_each_dataset_in_both_languages(
    boards: list[Board], registry: Registry
) -> None:
    plans = 1 + len(registry.cities) + len(registry.datasets)
    assert len(boards) == 2 * plans
    assert len({board.uid for board in boards}) == len(boards)
    assert {board.uid.rpartition("-")[2] for board in boards} == {"nl", "en"}


def test_every_board_is_as_the_schema_says(boards: list[Board]) -> None:
    assert {board.uid: found for board in boards if (found := mistakes(board.document))} == {}


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda board: board["panels"][0].update(colour="red"), "panels[0].colour: no such field"),
        (lambda board: board["panels"][0]["gridPos"].update(h="tall"), "grid_pos.h: 'tall' is no int"),
        (lambda board: board["panels"][0].update(title=7), "panels[0].title: 7 is no str"),
        (lambda board: board["panels"][0]["fieldConfig"]["defaults"]["thresholds"].update(mode="loud"), "mode"),
        (lambda board: board["panels"][0]["options"].update(colorMode="dark"), "options.color_mode"),
        (lambda board: board.update(tags="stadspuls"), ".tags"),
    ],
)
def test_a_spoilt_board_is_found(boards: list[Board], spoil: Any, found: str) -> None:
    board = copy.deepcopy(boards[0].document)
    spoil(board)
    assert any(found in mistake for mistake in mistakes(board)), mistakes(board)


def test_every_panel_says_what_it_shows_in_which_unit_and_what_when_there_is_nothing(boards: list[Board]) -> None:
    for board in boards:
        for panel in panels(board):
            defaults = panel["fieldConfig"]["defaults"]
            assert panel["title"], board.uid
            assert len(panel["description"]) > 10
            assert defaults["unit"]
            assert defaults["noValue"]
            assert defaults["thresholds"]["steps"][0]["value"] is None
            assert panel["targets"]
            assert panel["datasource"]["uid"] in {"stadspuls-influxdb", "stadspuls-prometheus"}


def test_panels_do_not_lie_over_each_other(boards: list[Board]) -> None:
    for board in boards:
        taken: set[tuple[int, int]] = set()
        for place in (panel["gridPos"] for panel in panels(board)):
            cells = {(place["x"] + i, place["y"] + j) for i in range(place["w"]) for j in range(place["h"])}
            assert max(x for x, _ in cells) < 24
            assert not cells & taken, board.uid
            taken |= cells


def test_rows_of_panels_have_no_holes(boards: list[Board]) -> None:
    for board in boards:
        places = [panel["gridPos"] for panel in panels(board)]
        lowest = max(place["y"] + place["h"] for place in places)
        assert sum(place["w"] * place["h"] for place in places) == 24 * lowest, board.uid


def test_a_citys_board_opens_with_whether_all_is_fresh_and_each_dataset_with_its_origin(boards: list[Board]) -> None:
    whole, parking, air = panels(by_uid(boards, "stadspuls-gent-en"))[:3]
    assert [panel["title"] for panel in (whole, parking, air)] == [
        "Stale datasets",
        "Parking · replayed recording",
        "Air quality · simulated",
    ]
    assert words(whole) == [(None, 1, "all fresh")]
    # Both ends of a range are in it, and the first that fits counts: the one whose colour the value has.
    assert words(parking) == [(1, None, "stale"), (0.67, 1, "late"), (None, 0.67, "fresh")]
    assert [step["value"] for step in parking["fieldConfig"]["defaults"]["thresholds"]["steps"]] == [None, 0.67, 1]
    (override,) = parking["fieldConfig"]["overrides"]
    assert override["matcher"] == {"id": "byFrameRefID", "options": "B"}
    assert {one["id"]: one["value"] for one in override["properties"]}["unit"] == "s"


def words(panel: dict[str, Any]) -> list[tuple[float | None, float | None, str]]:
    found = [mapping["options"] for mapping in panel["fieldConfig"]["defaults"]["mappings"]]
    return [(each.get("from"), each.get("to"), each["result"]["text"]) for each in found]


def test_a_number_of_which_less_is_better_has_an_axis_on_which_little_looks_little(boards: list[Board]) -> None:
    (lag,) = (panel for panel in panels(by_uid(boards, "stadspuls-the_platform-en")) if panel["title"] == "Lag")
    assert lag["fieldConfig"]["defaults"]["custom"]["axisSoftMax"] == 100


def test_counts_hold_until_the_next_on_the_board_too(boards: list[Board]) -> None:
    by_title = {
        panel["title"].partition(" · ")[0]: panel for panel in panels(by_uid(boards, "stadspuls-gent_parking-en"))
    }
    over_time = by_title["Occupancy by car park"]["fieldConfig"]["defaults"]["custom"]
    assert over_time["lineInterpolation"] == "stepAfter"
    for target in by_title["Today against the same weekday a week ago"]["targets"]:
        assert "fill(usePrevious: true)" in target["query"]


def test_both_languages_ask_the_same_and_lead_to_each_other(boards: list[Board]) -> None:
    dutch, english = by_uid(boards, "stadspuls-gent_parking-nl"), by_uid(boards, "stadspuls-gent_parking-en")
    assert [len(panel["targets"]) for panel in panels(dutch)] == [len(panel["targets"]) for panel in panels(english)]
    assert dutch.document["title"] == "Gent: Parkeren"
    assert english.document["title"] == "Ghent: Parking"
    links = english.document["links"]
    assert isinstance(links, list)
    assert links[0]["url"] == "/d/stadspuls-gent_parking-nl"


def test_every_panel_of_values_says_where_they_come_from(boards: list[Board]) -> None:
    for panel in panels(by_uid(boards, "stadspuls-gent_parking-en")):
        assert panel["title"].endswith(" · replayed recording")


def test_limits_name_their_source_and_are_lines(boards: list[Board]) -> None:
    (panel,) = (p for p in panels(by_uid(boards, "stadspuls-antwerpen_air-quality-en")) if "NO2" in p["title"])
    assert "25 µg/m³ daily mean (WHO 2021)" in panel["description"]
    assert "200 µg/m³ hourly mean (2008/50/EC, annex XI)" in panel["description"]
    assert [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]] == [None, 25, 200]
    assert panel["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"]["mode"] == "dashed"
    assert panel["fieldConfig"]["defaults"]["unit"] == "conμgm3"
    # The guideline is on the board also where nothing comes near it.
    assert panel["fieldConfig"]["defaults"]["custom"]["axisSoftMax"] > 25


def test_limits_are_about_properties_that_there_are(registry: Registry) -> None:
    properties = registry.themes["air-quality"].properties
    assert {name: properties[name].unit for name in LIMITS} == {name: limits.unit for name, limits in LIMITS.items()}


def test_boards_ask_only_for_metrics_that_there_are(boards: list[Board]) -> None:
    names = {name for board in boards for text in asked(board) for name in re.findall(r"\bstadspuls_[a-z_]+", text)}
    assert {re.sub("_bucket$", "", name) for name in names} <= set(metric_names())


def test_the_platforms_board_has_what_operators_ask_for(boards: list[Board]) -> None:
    text = " ".join(asked(by_uid(boards, "stadspuls-the_platform-nl")))
    for name in (
        "messages_received",
        "lag_frames",
        "publish_delay",
        "rejected",
        "spool_bytes",
        "process_resident",
        "http_requests",
    ):
        assert f"stadspuls_{name}" in text


@pytest.fixture
def hostile(tmp_path: Path) -> Registry:
    """The shipped files, with names that try to be more than names."""
    (tmp_path / "cities").mkdir()
    city = yaml.safe_load((ROOT / "cities" / "gent.yaml").read_text())
    city["names"] = {"nl": HOSTILE}
    for dataset in city["datasets"].values():
        for site in dataset["sites"]:
            site["names"] = {"nl": HOSTILE}
    (tmp_path / "cities" / "gent.yaml").write_text(yaml.safe_dump(city))
    return load_registry(tmp_path / "cities", ROOT / "themes")


def test_names_of_others_stay_text(hostile: Registry) -> None:
    for board in every_board(hostile):
        assert mistakes(board.document) == []
        for text in asked(board):
            assert "drop()" not in re.sub(r'"[^"\n]*"', '""', text)
            assert "${x}" not in text
            assert "[[y]]" not in text
        assert "${" not in str(board.document["title"])


def test_a_literal_is_closed_whatever_is_in_it() -> None:
    for text in (quoted(HOSTILE), promql(HOSTILE)):
        assert re.fullmatch(r'"([^"\\\n]|\\.)*"', text)
        assert "$" not in text
        assert "[" not in text
    assert dictionary("names", {}) == "names = [:]"


def test_an_id_is_never_longer_than_grafana_takes() -> None:
    long = "a" * 60
    assert len(uid_of(f"{long}_parking-nl")) == 40
    assert uid_of(f"{long}_parking-nl") != uid_of(f"{long}_parking-en")


def test_files_are_written_again_the_same_and_go_with_their_boards(boards: list[Board], tmp_path: Path) -> None:
    assert write_boards(boards, tmp_path) == len(boards)
    files = {file: file.read_bytes() for file in tmp_path.rglob("*.json")}
    assert len(files) == len(boards)
    assert {file.parent.name for file in files} >= {"Gent", "Stadspuls"}
    other = tmp_path / "Gent" / "our-own.json"
    other.write_text("{}")
    write_boards(boards[2:], tmp_path)
    assert {file for file in files if not file.exists()} == {
        file for file in files if file.stem in {b.uid for b in boards[:2]}
    }
    assert other.exists()
    write_boards(boards, tmp_path)
    assert {file: file.read_bytes() for file in files} == files


def test_a_folder_that_takes_nothing_is_told(boards: list[Board], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BoardsError, match="cannot be written"):
        write_boards(boards, tmp_path / "file")


@pytest.mark.parametrize(
    ("title", "name"), [("../../etc", "------etc"), ("Sint-Niklaas", "Sint-Niklaas"), ("//", "--")]
)
def test_a_city_is_called_so_that_its_folder_stays_below(title: str, name: str) -> None:
    assert directory_name(Folder("stadspuls-x", title)) == name
