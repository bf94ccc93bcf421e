"""The documentation names everything a user can meet; a thing that is missing there fails here."""

import re
from pathlib import Path

import pytest
import typer
from prometheus_client import Counter, Gauge, Histogram
from typer.main import get_command

from apis.app import create_app
from apis.live import LiveState
from apis.readers import Readers
from cli.main import app as command_line
from stadspuls import errors, metrics
from stadspuls.log import Topics
from stadspuls.model import Quality, Reason
from stadspuls.registry import load_registry
from stadspuls.settings import PREFIX, ROOT, Settings, load_settings
from store.backends import open_reader

DOCS = ROOT / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text()


def words(text: str) -> set[str]:
    """Everything that stands between backticks, whole."""
    return set(re.findall(r"`([^`\n]+)`", text))


def metric_names() -> list[str]:
    found = [value for value in vars(metrics).values() if isinstance(value, Counter | Gauge | Histogram)]
    return [f"{one._name}_total" if isinstance(one, Counter) else one._name for one in found]


def error_codes() -> list[str]:
    kinds = [value for value in vars(errors).values() if isinstance(value, type)]
    return [kind.code for kind in kinds if issubclass(kind, errors.RequestError)]


def command_names() -> list[str]:
    command = get_command(command_line)
    assert isinstance(command, typer.core.TyperGroup)
    return sorted(command.commands)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_stands_in_settings_md_with_its_description(name: str) -> None:
    row = f"| `{PREFIX}{name.upper()}` |"
    line = next((line for line in page("settings.md").splitlines() if line.startswith(row)), "")
    assert (Settings.model_fields[name].description or "?") in line


@pytest.mark.parametrize("name", metric_names())
def test_every_metric_stands_in_metrics_md(name: str) -> None:
    assert name in words(page("metrics.md"))


@pytest.mark.parametrize("topic", Topics().all())
def test_every_topic_stands_in_architecture_md(topic: str) -> None:
    assert topic in words(page("architecture.md"))


def endpoints() -> list[str]:
    settings = load_settings(None)
    readers = Readers(lambda: open_reader(settings))
    registry = load_registry(settings.cities_dir, settings.themes_dir)
    app = create_app(settings, registry, readers, LiveState(settings, registry, readers))
    return sorted(app.state.openapi_document["paths"])


def test_every_endpoint_stands_in_api_md() -> None:
    found = endpoints()
    assert "/{city}/{theme}/latest" in found
    assert [path for path in found if path not in words(page("api.md"))] == []


@pytest.mark.parametrize("code", error_codes())
def test_every_error_code_stands_in_api_md(code: str) -> None:
    assert code in words(page("api.md"))


@pytest.mark.parametrize("reason", [*Reason, *Quality])
def test_every_reason_and_quality_stands_in_bad_input_md(reason: str) -> None:
    text = page("bad-input.md") + page("api.md")
    assert reason in words(text)


@pytest.mark.parametrize("name", command_names())
def test_every_command_stands_in_operate_md(name: str) -> None:
    assert re.search(rf"`stadspuls {name}\b", page("operate.md"))


@pytest.mark.parametrize("file", [*sorted(DOCS.rglob("*.md")), ROOT / "README.md"], ids=lambda f: f.name)
def test_links_between_pages_lead_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", file.read_text()):
        assert (file.parent / target).exists(), f"{file.name} links to {target}"


def test_a_missing_word_would_be_found() -> None:
    assert "STADSPULS_NO_SUCH_SETTING" not in words(page("settings.md"))
