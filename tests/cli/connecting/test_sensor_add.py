"""`stadspuls sensor add`: one entry more in a city's file, or nothing and why."""

import difflib
from pathlib import Path

import pytest
import yaml

from cli.connecting.city_draft import CityDraft
from stadspuls.errors import CityFileError, RegistryError
from stadspuls.registry import Dataset, load_registry
from stadspuls.settings import ROOT, Settings
from tests.cli.conftest import Stadspuls

GENT = (ROOT / "cities" / "gent.yaml").read_text()


class Files:
    """City files for the command line, and what became of them."""

    def __init__(self, settings: Settings, run: Stadspuls) -> None:
        self.cities, self.themes = settings.cities_dir, settings.themes_dir
        self._run = run

    def add(self, *arguments: str) -> tuple[int, str]:
        answer = self._run("sensor", "add", *arguments, cities_dir=str(self.cities), themes_dir=str(self.themes))
        return answer.returncode, answer.stdout + answer.stderr

    def dataset(self, name: str) -> Dataset:
        return load_registry(self.cities, self.themes).datasets[name]

    def added(self, city: str) -> list[str]:
        """Lines of a city's file that are not in the shipped one; none may be gone."""
        old = (ROOT / "cities" / f"{city}.yaml").read_text().splitlines()
        new = (self.cities / f"{city}.yaml").read_text().splitlines()
        difference = list(difflib.ndiff(old, new))
        assert not [line for line in difference if line.startswith("-")]
        return [line[2:] for line in difference if line.startswith("+")]


@pytest.fixture
def files(shipped: Settings, stadspuls: Stadspuls) -> Files:
    return Files(shipped, stadspuls)


def test_a_sensor_is_added_to_a_site_and_nothing_else_changes(files: Files) -> None:
    code, said = files.add("gent/parking", "P99", "--property", "vacantSpaces", "--site", "P10", "--max-age", "PT30M")
    assert code == 0, said
    assert files.added("gent") == ["      - {id: P99, site: P10, properties: [vacantSpaces], max_age: PT30M}"]
    assert "stadspuls registry apply" in said
    assert files.dataset("gent/parking").sensors["P99"].site == "P10"


def test_a_sensor_comes_with_a_new_site(files: Files) -> None:
    name = "Korenmarkt: 'noord' # 1"
    code, said = files.add(
        *("gent/parking", "P99", "--property", "vacantSpaces", "--site-name", name, "--lat", "51.05", "--lon", "3.72"),
        *("--capacity", "40", "--kind", "street", "--site", "korenmarkt", "--period", "PT5M"),
    )
    assert code == 0, said
    dataset = files.dataset("gent/parking")
    site = dataset.sites["korenmarkt"]
    assert (site.names["nl"], site.kind, site.capacity, site.latitude) == (name, "street", 40, 51.05)
    assert dataset.sensors["P99"].site == "korenmarkt"
    files.added("gent")


def test_spaces_that_are_counted_one_by_one_raise_the_capacity_of_their_site(files: Files) -> None:
    before = files.dataset("kortrijk/parking").sites["street-1"].capacity
    assert before is not None
    code, said = files.add("kortrijk/parking", "new-space", "--property", "occupied", "--site", "street-1")
    assert code == 0, said
    assert f"capacity of street-1 is {before + 1} now" in said
    assert files.dataset("kortrijk/parking").sites["street-1"].capacity == before + 1
    made = ["--site-name", "Nieuwe straat", "--lat", "50.83", "--lon", "3.26", "--kind", "street", "--site", "new"]
    assert files.add("kortrijk/parking", "n1", "--property", "occupied", *made)[0] == 0
    assert files.add("kortrijk/parking", "n2", "--property", "occupied", "--site", "new")[0] == 0
    assert files.dataset("kortrijk/parking").sites["new"].capacity == 2


def test_a_device_of_a_source_is_mapped_to_the_sensor(files: Files) -> None:
    file = files.cities / "gent.yaml"
    file.write_text(
        GENT + "sources:\n"
        "  - {id: lora, filter: gent/tts/v3/+/devices/+/up, dataset: parking, codec: the-things-stack}  # ours\n"
    )
    code, said = files.add(
        *("gent/parking", "P99", "--property", "vacantSpaces", "--site", "P1"),
        *("--device", "eui: 1", "--device", "70b3", "--source", "lora"),
    )
    assert code == 0, said
    (source,) = load_registry(files.cities, files.themes).cities["gent"].sources
    assert source.devices == {"eui: 1": "P99", "70b3": "P99"}
    # Not the sensor's own topic, to which nothing is sent.
    assert "--topic TOPIC" in said
    assert "  # ours\n" in file.read_text()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["gent/parking", "P1", "--property", "vacantSpaces"], "'P1' stands here twice"),
        (["gent/parking", "P 9", "--property", "vacantSpaces", "--site", "P1"], "'P 9' is no id"),
        (["gent/parking", "P99", "--property", "vacantspaces", "--site", "P1"], "no property 'vacantspaces'"),
        (["gent/parking", "P99", "--property", "vacantSpaces"], "no site 'P99'"),
        (["gent/parking", "P99", "--property", "vacantSpaces", "--site", "P1", "--period", "1h"], "no duration"),
        (["gent/noise", "P99", "--property", "LAeq", "--site", "P1"], "no theme 'noise'"),
        (["gent/bikes", "P99", "--property", "availableBikes", "--site", "P1"], "no dataset 'bikes'"),
        (["nowhere/parking", "P99", "--property", "vacantSpaces", "--site", "P1"], "nowhere.yaml cannot be read"),
        (["gent/parking", "P9", "--property", "vacantSpaces", "--site", "P1", "--device", "x"], "needs the --source"),
        (["gent/parking", "P9", "--property", "vacantSpaces", "--site-name", "X"], "needs --lat and --lon"),
        (["gent/parking", "P9", "--property", "vacantSpaces", "--site", "P1", "--lat", "51"], "describe a new site"),
        (
            ["gent/parking", "P9", "--property", "vacantSpaces", "--site-name", "X", "--lat", "3.7", "--lon", "51"],
            "are latitude and longitude swapped?",
        ),
    ],
)
def test_what_would_be_wrong_is_told_and_changes_nothing(files: Files, arguments: list[str], why: str) -> None:
    code, said = files.add(*arguments)
    assert code == 1
    assert why in said
    assert "Traceback" not in said
    assert (files.cities / "gent.yaml").read_text() == GENT
    assert [path.name for path in files.cities.iterdir() if path.suffix != ".yaml"] == []


def test_a_mistake_in_another_file_keeps_the_change_back(files: Files) -> None:
    (files.cities / "genk.yaml").write_text("slug: genk\n")
    code, said = files.add("gent/parking", "P99", "--property", "vacantSpaces", "--site", "P1")
    assert code == 1
    assert "cities/genk.yaml:1: " in said
    assert "nothing is changed" in said
    assert (files.cities / "gent.yaml").read_text() == GENT


def test_a_file_that_changes_meanwhile_is_left_alone(shipped: Settings) -> None:
    draft = CityDraft(shipped, "gent")
    draft.append(("datasets", "parking", "sensors"), {"id": "P99", "site": "P1", "properties": ["vacantSpaces"]})
    draft.file.write_text(GENT + "# somebody was here\n")
    with pytest.raises(CityFileError, match="changed by somebody else"):
        draft.save()
    assert draft.file.read_text().endswith("# somebody was here\n")


def test_every_shipped_file_can_be_extended(shipped: Settings) -> None:
    for file in sorted(shipped.cities_dir.glob("*.yaml")):
        for theme in yaml.safe_load(file.read_text())["datasets"]:
            draft = CityDraft(shipped, file.stem)
            before = draft.document.count("datasets", theme, "sensors")
            draft.append(("datasets", theme, "sensors"), {"id": "N1", "site": "N1"})
            draft.put((), "note", "x")
            assert draft.document.count("datasets", theme, "sensors") == before + 1
            changes = difflib.ndiff(file.read_text().splitlines(), draft.text.splitlines())
            assert len([line for line in changes if line[0] in "+-?"]) == 2


def test_a_file_that_is_no_yaml_is_not_touched(shipped: Settings) -> None:
    (shipped.cities_dir / "gent.yaml").write_text("slug: [\n")
    with pytest.raises(RegistryError, match="no YAML"):
        CityDraft(shipped, "gent")


def test_rights_of_the_file_stay(files: Files) -> None:
    file: Path = files.cities / "gent.yaml"
    file.chmod(0o640)
    assert files.add("gent/parking", "P99", "--property", "vacantSpaces", "--site", "P1")[0] == 0
    assert file.stat().st_mode & 0o777 == 0o640
