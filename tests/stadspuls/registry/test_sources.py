"""Sources with options: which codec they get, and every mistake told with its line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stadspuls.codecs import CODECS, CodecContext
from stadspuls.codecs.city_code import CityCodec
from stadspuls.codecs.mapped import MappedCodec
from stadspuls.registry import Route, load_registry, schemas, topic_level

Break = Callable[[str, str, str], list[str]]
TOPIC = "gent/tts/v3/app@stad/devices/dev-7/up"
CODE = "def decode(payload, context): ...\n"


def with_source(folder: Path, lines: str) -> Path:
    """The good files, the source's codec replaced by these lines."""
    city = folder / "cities" / "gent.yaml"
    city.write_text(
        city.read_text().replace("    codec: json\n", "".join(f"    {line}\n" for line in lines.splitlines()))
    )
    return folder


def route(folder: Path) -> Route:
    found = load_registry(folder / "cities", folder / "themes").route(TOPIC)
    assert found is not None
    return found


def test_a_device_of_the_topic_is_called_as_in_the_registry(good: Path) -> None:
    found = route(with_source(good, "codec: json\ndevices: {dev-7: S1}"))
    assert (found.sensor_id, found.source is not None) == ("S1", True)


def test_json_in_the_registrys_own_words_needs_no_translation(good: Path) -> None:
    found = route(good)
    assert (found.sensor_id, found.source, found.read) == ("dev-7", None, CODECS["json"])


@pytest.mark.parametrize("codec", sorted(set(CODECS) - {"json"}))
def test_every_other_codec_is_translated(good: Path, codec: str) -> None:
    found = route(with_source(good, f"codec: {codec}"))
    assert found.source is not None
    assert found.read is CODECS[codec]


def test_options_make_the_codec(good: Path) -> None:
    found = route(with_source(good, "codec: jmespath\nmapping: {values: {occupied: state}}"))
    assert isinstance(found.read, MappedCodec)
    [value] = found.read(b'{"state": true}', CodecContext(TOPIC, 1_767_600_000_000_000)).values
    assert (value.name, value.value) == ("occupied", True)


def test_a_citys_own_code_lies_in_its_folder_and_changes_the_version(good: Path) -> None:
    (good / "cities" / "gent").mkdir()
    code = good / "cities" / "gent" / "gateway.py"
    code.write_text(CODE)
    with_source(good, "codec: python\ncode: {file: gateway.py}")
    assert isinstance(route(good).read, CityCodec)
    before = load_registry(good / "cities", good / "themes").version
    code.write_text(CODE + "\n")
    assert load_registry(good / "cities", good / "themes").version != before


def test_loading_and_checking_run_no_code(good: Path) -> None:
    (good / "cities" / "gent").mkdir()
    (good / "cities" / "gent" / "gateway.py").write_text(f"raise SystemExit('it ran')\n{CODE}")
    assert isinstance(route(with_source(good, "codec: python\ncode: {file: gateway.py}")).read, CityCodec)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("codec: json\ndecoder: bosch-tps110 # here", "sources[0].decoder: belongs to the codec the-things-stack"),
        ("codec: the-things-stack\ndecoder: bosch # here", "sources[0].decoder: no decoder 'bosch' here; known: atom"),
        ("codec: jmespath # here", "sources[0].codec: jmespath needs 'mapping' beside it"),
        ("codec: python # here", "sources[0].codec: python needs 'code' beside it"),
        (
            "codec: jmespath\nmapping: {values: {occupied: 'a[['}} # here",
            "sources[0].mapping.values.occupied: 'a[[' is no",
        ),
        ("codec: jmespath\nmapping: {values: {ocupied: a}} # here", "sources[0].mapping.values.ocupied: no property"),
        (
            "codec: jmespath\nmapping: {values: {}} # here",
            "sources[0].mapping.values: Dictionary should have at least 1",
        ),
        (
            "codec: json\ndevices: {dev-7: S9} # here",
            "sources[0].devices.dev-7: no sensor 'S9' in this dataset; known: S1",
        ),
        ("codec: json\nproperties: {a: bezet} # here", "sources[0].properties.a: no property 'bezet' in this theme"),
        ("codec: json\nunits: {vacantSpaces: furlong} # here", "sources[0].units.vacantSpaces: 'furlong' is no UCUM"),
        (
            "codec: json\nunits: {vacantSpaces: hPa} # here",
            "sources[0].units.vacantSpaces: vacantSpaces is in 1, and 'hPa'",
        ),
        ("codec: python\ncode: {file: gateway.py} # here", "sources[0].code.file: no file cities/gent/gateway.py"),
        (
            "codec: python\ncode: {file: ../x.py} # here",
            "sources[0].code.file: '../x.py' is no Python file of the city's",
        ),
        ("codec: python\ncode: {module: a b} # here", "sources[0].code.module: 'a b' is no dotted name of Python"),
        ("codec: python\ncode: {function: f} # here", "sources[0].code: either file or module says where the code is"),
    ],
)
def test_a_mistake_is_told_with_its_line(broken: Break, lines: str, told: str) -> None:
    indented = lines.replace("\n", "\n    ")
    (mistake,) = broken("cities/gent.yaml", "codec: json", indented)
    assert mistake.startswith(f"cities/gent.yaml:here: {told}")


@pytest.mark.parametrize(
    ("code", "told"),
    [("def decode(:\n", "sources[0].code.file: gateway.py is no Python: "), ("x = 1\n", "gateway.py has no 'decode'")],
)
def test_a_mistake_in_the_code_is_told(good: Path, broken: Break, code: str, told: str) -> None:
    (good / "cities" / "gent").mkdir()
    (good / "cities" / "gent" / "gateway.py").write_text(code)
    (mistake,) = broken("cities/gent.yaml", "codec: json", "codec: python\n    code: {file: gateway.py} # here")
    assert told in mistake
    assert "\n" not in mistake


def test_the_schema_names_the_options_and_the_decoders() -> None:
    definitions = schemas()["city"]["$defs"]
    source = definitions["WrittenSource"]["properties"]
    assert {"devices", "properties", "units", "decoder", "mapping", "code", "poll"} <= set(source)
    assert "irceline-wfs" in str(definitions["WrittenPoll"]["properties"]["api"])
    assert "nwave-nps405" in str(source["decoder"])
    assert set(definitions["WrittenMapping"]["properties"]) == {"each", "sensor", "time", "values"}


POLLED = """\
  - id: car-parks
    filter: gent/poll/car-parks/+
    dataset: parking
    codec: jmespath
    mapping: {time: lastupdate, values: {vacantSpaces: availablecapacity}}
    devices: {https://stad.gent/P2: C2}
    poll: {api: opendatasoft, url: "https://data.stad.gent/x?limit=100", device: name, time: lastupdate}
datasets:
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("car-parks/+", "+/+ # here", "filter: 'gent/poll/+/+': of a polled source only the last level is open"),
        ("car-parks/+", "car-parks/# # here", "filter: 'gent/poll/car-parks/#': of a polled source only the last"),
        (", device: name", " # here\n      ", "poll: opendatasoft needs 'device': which field of a record has it"),
        (
            "device: name",
            "information: https://data.stad.gent/i # here\n      , device: name",
            "poll.information: belongs to",
        ),
        ("device: name", "every: PT5S # here\n      , device: name", "poll.every: at most every 10 seconds"),
        ("device: name", "each: 'a[[' # here\n      , device: name", "poll.each: 'a[[' is no JMESPath expression"),
        ("api: opendatasoft", "api: odata # here\n      ", "poll.api: Input should be 'gbfs', 'irceline-timeseries'"),
        ("https://data", "https://me:secret@data", "poll.url: no account in an address: city files are for everyone"),
        ("https://data", "ftp://data", "poll.url: 'ftp://data.stad.gent/x?limit=100' is no absolute http(s) IRI"),
    ],
)
def test_a_mistake_of_a_poll_is_told_with_its_line(broken: Break, old: str, new: str, told: str) -> None:
    lines = POLLED.replace(old, new)
    if "# here" not in lines:
        lines = lines.replace("time: lastupdate}\n", "time: lastupdate} # here\n")
    (mistake,) = broken("cities/gent.yaml", "datasets:\n", lines)
    assert mistake.startswith(f"cities/gent.yaml:here: sources[1].{told}")


def test_what_is_known_of_stations_is_asked_at_the_same_host(broken: Break) -> None:
    poll = 'poll: {api: gbfs, url: "https://a.example/s", information: "https://b.example/i"} # here'
    lines = POLLED.replace(POLLED.splitlines()[6].strip(), poll)
    (mistake,) = broken("cities/gent.yaml", "datasets:\n", lines)
    assert mistake.endswith("sources[1].poll.information: must be at the same host as url: a.example")


def test_what_is_polled_is_measured(good: Path, mistakes: Callable[[], list[str]]) -> None:
    city = good / "cities" / "gent.yaml"
    text = city.read_text().replace("origin: measured", "origin: replayed")
    city.write_text(text.replace("datasets:\n", POLLED))
    (mistake,) = mistakes()
    assert mistake.endswith("sources[1].poll: what is polled is measured, and parking has the origin replayed")


def test_the_device_of_a_polled_source_is_the_last_level_as_it_fits_there(good: Path) -> None:
    city = good / "cities" / "gent.yaml"
    city.write_text(city.read_text().replace("datasets:\n", POLLED))
    registry = load_registry(good / "cities", good / "themes")
    found = registry.route(f"gent/poll/car-parks/{topic_level('https://stad.gent/P2')}")
    assert found is not None
    assert (found.sensor_id, registry.has_polls) == ("C2", True)
    assert topic_level("a/b+c#d%e\0 é") == "a%2Fb%2Bc%23d%25e%00 é"
