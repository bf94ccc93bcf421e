"""Whether the store has an observation, and whether the open data has it: asked, not assumed."""

import http.client
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import msgspec

from apis.data.models import LatestDocument
from apis.identifiers import Identifiers
from apis.pages.finder import Finder as PageFinder
from apis.pages.index import PageIndex
from cli.api_connection import connect
from cli.tracing.target import Target
from cli.tracing.traced import Served
from stadspuls.clock import rfc3339, to_datetime
from stadspuls.errors import StoreError
from stadspuls.model import Observation, Value
from store.protocol import HistoryQuery, RejectedQuery, StoreReader

SECONDS = 10.0
"""How long the API may take for an answer."""
LONGEST = 64 * 1024 * 1024
"""Bytes of a page that are looked through."""
_QUADS = "application/n-quads"


class Stored:
    """What the store has of a sensor."""

    def __init__(self, reader: StoreReader, target: Target) -> None:
        self._reader = reader
        self._target = target

    def value(self, wanted: Observation) -> Observation | None:
        """The stored observation of the same identity.

        Raises:
            StoreError: when the store does not answer.
        """
        query = HistoryQuery(
            dataset=self._target.dataset.name,
            start=wanted.observed_at,
            end=wanted.observed_at + 1,
            sensors=frozenset([wanted.datastream.sensor]),
            properties=frozenset([wanted.datastream.observed_property]),
        )
        return next(iter(self._reader.history(query)), None)

    def newest(self) -> Observation | None:
        """The newest observation that is stored of the sensor.

        Raises:
            StoreError: when the store does not answer.
        """
        found = self._reader.latest(self._target.dataset.name, sensors=frozenset([self._target.sensor]))
        return max(found, key=lambda one: one.observed_at, default=None)

    def state(self, wanted: Observation) -> tuple[str, Value | None, str]:
        """Whether an observation is stored, the stored value, and the same in words."""
        try:
            found = self.value(wanted)
            through = self._reader.stored_through().get(self._target.dataset.name, -1)
        except StoreError as error:
            return "unknown", None, f"the store does not answer: {error}"
        if found is None and through < wanted.published_at:
            return "not-yet", None, "not yet: the store has what was published until " + _until(through)
        if found is None:
            return "no", None, "no, though it has what was published since: it was refused, or is past its retention"
        if found.value != wanted.value:
            return "other-value", found.value, "with another value"
        return "yes", found.value, "yes, with the same value"

    def keeps(self, key: str) -> bool | None:
        """Whether a rejection is kept; None when the store does not answer."""
        try:
            return bool(self._reader.rejected(RejectedQuery(key=key, limit=1)))
        except StoreError:
            return None

    def replayed_at(self, key: str) -> int | None:
        """When a rejection's message had been replayed, as far as the store knows."""
        try:
            found = self._reader.rejected(RejectedQuery(key=key, limit=1))
        except StoreError:
            return None
        return found[0].replayed_at if found else None

    def page(self, wanted: Observation) -> int | None:
        """The start of the page that an observation is in; None while there is none, or the store does not answer."""
        try:
            page = PageFinder(self._reader, PageIndex(), self._target.dataset.name).holding(wanted.published_at)
        except StoreError:
            return None
        return None if page is None else page.start


class OpenData:
    """The addresses that should have an observation, asked at one API."""

    def __init__(self, target: Target, base_url: str, api: str) -> None:
        """`base_url`: what published addresses begin with; `api`: where they are asked."""
        self._target = target
        self._base_url = base_url
        self._api = api
        self._ids = Identifiers(target.dataset, base_url)

    def identifier(self, wanted: Observation) -> str:
        """The observation's own IRI."""
        return self._ids.observation(wanted)

    def each(self, wanted: Observation, page: int | None) -> Iterator[Served]:
        """What each address says of an observation."""
        stream = wanted.datastream
        chosen = f"sensor={quote(stream.sensor, safe='')}&property={quote(stream.observed_property, safe='')}"
        yield self._latest(f"{self._ids.dataset}/latest?{chosen}", wanted)
        if page is None:
            missing = "no page of the store has it yet"
            yield Served("page", self._ids.dataset, None, missing)
            yield Served("event stream", self._ids.root, None, missing)
        else:
            yield self._quads("page", self._ids.page(page), wanted)
            yield self._quads("event stream", self._ids.node(rfc3339(page)), wanted)

    def _latest(self, url: str, wanted: Observation) -> Served:
        status, body = self._get(url, "application/json")
        if status != http.client.OK:
            return Served("latest", url, None if status is None else False, _answer(status, body))
        for entry in msgspec.json.decode(body, type=LatestDocument).observations:
            if entry.observed_at > to_datetime(wanted.observed_at):
                return Served(
                    "latest", url, False, f"it has a newer one, observed {_short(entry.observed_at.isoformat())}"
                )
            if entry.observed_at == to_datetime(wanted.observed_at):
                return Served("latest", url, True, "")
            return Served(
                "latest", url, False, f"it has an older one, observed {_short(entry.observed_at.isoformat())}"
            )
        return Served("latest", url, False, "it has no value of this sensor")

    def _quads(self, what: str, url: str, wanted: Observation) -> Served:
        status, body = self._get(url, _QUADS)
        if status != http.client.OK:
            return Served(what, url, None if status is None else False, _answer(status, body))
        has_it = self._says(body, wanted)
        return Served(what, url, has_it, "" if has_it else "the observation is not in it")

    def _says(self, quads: bytes, wanted: Observation) -> bool:
        """Whether quads name the observation, or in its instant's graph say something of its site, as car parks' do."""
        if f"<{self.identifier(wanted)}>".encode() in quads:
            return True
        graph = f" <{self._ids.moment(wanted.observed_at)}> .".encode()
        site = f"<{self._ids.site(wanted.datastream.site)}> ".encode()
        return any(line.startswith(site) and line.endswith(graph) for line in quads.splitlines())

    def _get(self, url: str, accept: str) -> tuple[int | None, bytes]:
        """What the API answers; no status and why, when it does not."""
        parts, api = urlsplit(url.removeprefix(self._base_url)), urlsplit(self._api)
        connection = connect(api.hostname or "", api.port, SECONDS, tls=api.scheme == "https")
        path = api.path.rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request("GET", path, headers={"Accept": accept})
            answer = connection.getresponse()
            return answer.status, answer.read(LONGEST)
        except (OSError, http.client.HTTPException) as error:
            return None, f"the API at {self._api} does not answer: {error}".encode()
        finally:
            connection.close()


def _answer(status: int | None, body: bytes) -> str:
    if status is None:
        return body.decode()
    try:
        detail = str(msgspec.json.decode(body, type=dict[str, object]).get("detail", ""))
    except msgspec.MsgspecError:
        detail = ""
    return f"{status} {detail}".strip()


def _short(instant: str) -> str:
    return instant.replace("+00:00", "Z")


def _until(through: int) -> str:
    return rfc3339(through) if through >= 0 else "nothing yet"
