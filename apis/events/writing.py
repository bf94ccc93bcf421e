"""Writes events: each observation once, each frame once for all who want the same of it in the same form."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from apis.data.entries import SiteNames, entries
from apis.events.models import Notice, Reply, Snapshot
from apis.live import Chunk
from apis.selection import Selection
from stadspuls.clock import now_us, to_datetime
from stadspuls.model import Observation
from stadspuls.registry import Dataset

encode = msgspec.json.Encoder().encode


class Wire(StrEnum):
    """The forms that events are written in."""

    SSE = "sse"
    """Server-sent events with ids, to resume from."""
    SSE_AREA = "sse-area"
    """Server-sent events of several datasets, without ids: a client that returns begins with a snapshot."""
    WEBSOCKET = "websocket"
    """A JSON text for each frame and dataset."""


class Writer:
    """Writes the observations of one dataset."""

    def __init__(self, dataset: Dataset, base_url: str) -> None:
        self._name = encode(dataset.name)
        self._base_url = base_url
        self._names = SiteNames(dataset, base_url)
        self._end = b',"dataset":%b}' % self._name

    def take_up(self, dataset: Dataset) -> None:
        """Write as another registry describes the same dataset."""
        self._names = SiteNames(dataset, self._base_url)

    def chunk(self, chunk: Chunk, wire: Wire, selection: Selection, key: object) -> bytes:
        """A whole frame as one selection sees it; empty when nothing of it is selected.

        `key` stands for both: it is the same for all who get the same bytes, and quick to look up.
        """
        written = chunk.written.get(key)
        if written is None:
            written = chunk.written[key] = self._write(chunk, wire, selection)
        assert isinstance(written, bytes)  # noqa: S101 - keys of this form hold nothing else
        return written

    def part(self, observations: Iterable[Observation], wire: Wire) -> bytes:
        """Some observations; empty for none."""
        some = list(observations)
        return self._join([o.published_at for o in some], self.texts(some), wire)

    def texts(self, observations: Sequence[Observation]) -> list[bytes]:
        """Each observation as the JSON of an `ObservationEvent`."""
        # The entry of `/latest` and the dataset's name, without making a second struct of each.
        return [encode(entry)[:-1] + self._end for entry in entries(observations, self._names)]

    def _write(self, chunk: Chunk, wire: Wire, selection: Selection) -> bytes:
        texts = self._texts(chunk)
        observations = chunk.observations
        if selection.everything:
            return self._join([o.published_at for o in observations], texts, wire)
        places = [number for number, o in enumerate(observations) if selection.takes(o)]
        return self._join([observations[n].published_at for n in places], [texts[n] for n in places], wire)

    def _texts(self, chunk: Chunk) -> list[bytes]:
        texts = chunk.written.get("json")
        if texts is None:
            texts = chunk.written["json"] = self.texts(chunk.observations)
        assert isinstance(texts, list)  # noqa: S101 - this key holds nothing else
        return texts

    def _join(self, ids: Sequence[int], texts: Sequence[bytes], wire: Wire) -> bytes:
        if not texts:
            return b""
        match wire:
            case Wire.SSE:
                pairs = zip(ids, texts, strict=True)
                return b"".join([b"id: %d\nevent: observation\ndata: %b\n\n" % pair for pair in pairs])
            case Wire.SSE_AREA:
                return b"".join([b"event: observation\ndata: %b\n\n" % text for text in texts])
            case Wire.WEBSOCKET:
                start = b'{"type":"observations","dataset":%b,"id":"%d","observations":[' % (self._name, ids[-1])
                return start + b",".join(texts) + b"]}"


def snapshot(texts: Iterable[bytes]) -> bytes:
    """A `Snapshot` of observations that are written already."""
    empty = encode(Snapshot(to_datetime(now_us()), []))
    return empty[:-2] + b",".join(texts) + b"]}"


def notice(event: Notice, wire: Wire, position: int | None = None) -> bytes:
    """Any other event; with a position it is also where a client that reconnects goes on."""
    tag = str(event.__struct_config__.tag)
    return named(tag, encode(event), wire, position)


def named(name: str, text: bytes, wire: Wire, position: int | None = None) -> bytes:
    """An event whose JSON is written already."""
    if wire is Wire.WEBSOCKET:
        return text
    place = b"" if position is None or wire is Wire.SSE_AREA else b"id: %d\n" % position
    return place + b"event: %b\ndata: %b\n\n" % (name.encode(), text)


def reply(answer: Reply) -> bytes:
    """A reply to a message of a WebSocket client."""
    return encode(answer)
