"""Elements that the script moves: a value, an age, what is said of a dataset that is silent."""

from xml.etree.ElementTree import Element

from apis.data.entries import SiteNames
from apis.durations import human
from apis.html import element
from apis.portal.languages import Reader
from apis.portal.layout_texts import TEXTS
from apis.portal.series import Series, note, written
from stadspuls.clock import now_us, rfc3339
from stadspuls.model import Observation
from stadspuls.registry import Dataset

NO_VALUE = "\N{EN DASH}"
"""Stands where a value would."""


def live_value(reader: Reader, series: Series, names: SiteNames) -> Element:
    """A series' newest value, as text; `data-updated` is its `publishedAt` in microseconds, empty without a value."""
    newest = series.newest
    text = written(newest.value, series.observed, reader.language) if newest else NO_VALUE
    attributes = {
        "data-live": "",
        "data-dataset": series.dataset.name,
        "data-site": names.iri(series.site.id),
        "data-property": series.observed.name,
        "data-sensor": series.sensor,
        "data-updated": str(newest.published_at) if newest else "",
        "data-observed": str(newest.observed_at) if newest else "",
    }
    if series.rhythm_seconds is not None:
        attributes["data-rhythm"] = f"{series.rhythm_seconds:g}"
    if series.observed.decimals is not None:
        attributes["data-decimals"] = str(series.observed.decimals)
    old = "figure old" if newest and series.is_old(now_us()) else "figure"
    return element("span", text, class_=old, **attributes)


def live_note(reader: Reader, series: Series) -> Element:
    """What must be said beside the value before it; empty for a good one."""
    return element("small", note(series.newest, reader.language), class_="note", **{"data-note": ""})


def age(reader: Reader, dataset: Dataset, newest: Observation | None, site: str | None = None) -> Element:
    """How old the newest observation is, of the dataset or of one site (IRI)."""
    words = TEXTS[reader.language]
    attributes = {"data-age": "", "data-dataset": dataset.name}
    if site is not None:
        attributes["data-site"] = site
    if newest is None:
        return element("time", words["never"], **attributes)
    instant = rfc3339(newest.observed_at)
    said = words["ago"].format(age=human(now_us() - newest.observed_at))
    return element("time", said, datetime=instant, title=instant, **attributes)


def silence(reader: Reader, dataset: Dataset, silent: bool) -> Element:
    """Says that the dataset has no news by its own rhythm; hidden while it has."""
    hidden = {} if silent else {"hidden": ""}
    words = TEXTS[reader.language]
    return element("span", words["stale"], class_="badge stale", **{"data-stale": dataset.name}, **hidden)


def newest_of(observations: tuple[Observation, ...] | list[Observation]) -> Observation | None:
    """The observation observed last."""
    return max(observations, key=lambda o: o.observed_at, default=None)
