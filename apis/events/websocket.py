"""`/ws`: the same events and filters over a WebSocket (RFC 6455), changeable while it is connected."""

import asyncio
import secrets
from contextlib import suppress

import msgspec
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from msgspec import UNSET, UnsetType

from apis.context import Context
from apis.events.area import Area, Box, check_box, select_area, select_one
from apis.events.models import (
    Command,
    Ping,
    Pong,
    Refused,
    Subscribe,
    Subscribed,
    Unsubscribe,
    Unsubscribed,
)
from apis.events.reader import Ending, Kind, Reader
from apis.events.resume import gap_after, parse_position
from apis.events.routes import latest_texts
from apis.events.sse import LAST_WORDS_SECONDS, slow_words
from apis.events.writing import notice, reply, snapshot
from apis.problems import problem_response
from apis.security import common_headers, dress
from apis.selection import Selection
from apis.visitors import Purse, Visitors
from stadspuls.errors import InvalidParameter, RequestError, TooManyRequests, Unavailable
from stadspuls.registry import Dataset

LONGEST_MESSAGE = 16 * 1024
"""Bytes of a client's message; a hundred sites by IRI fit."""
MOST_REPLIES = 100
"""Replies that wait; a client that sends more is not read until it has read some."""
GOING_AWAY, TRY_LATER = 1001, 1013
"""Close codes of RFC 6455 and its registry."""

router = APIRouter()
_decoder = msgspec.json.Decoder(Command)


@router.websocket("/ws")
async def live(websocket: WebSocket) -> None:
    """One connection, until either side ends it."""
    context: Context = websocket.app.state.context
    visitors: Visitors = websocket.app.state.visitors
    purse = visitors.purse(websocket.scope)
    try:
        with visitors.streaming(websocket.scope):
            purse.spend()
            context.hub.require_room()
            await websocket.accept()
            await _connected(context, websocket, purse)
    except (TooManyRequests, Unavailable) as error:
        request_id = secrets.token_hex(8)
        answer = problem_response(error, context.base_url, request_id)
        common = common_headers(context.base_url, private=False)
        answer.raw_headers = dress({"status": answer.status_code, "headers": answer.raw_headers}, common, request_id)[
            "headers"
        ]
        await websocket.send_denial_response(answer)


async def _connected(context: Context, websocket: WebSocket, purse: Purse) -> None:
    reader = context.hub.open(Kind.WEBSOCKET)
    listening = asyncio.create_task(_Session(context, websocket, reader, purse).listen())
    try:
        await _serve(context, websocket, reader)
    finally:
        context.hub.close(reader)
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


async def _serve(context: Context, websocket: WebSocket, reader: Reader) -> None:
    try:
        async with asyncio.timeout(None) as deadline:
            reader.guard(deadline)
            while parts := await reader.next():
                await _write(websocket, reader, parts)
    except TimeoutError:
        if reader.ending is not Ending.SLOW:
            raise
    except WebSocketDisconnect:
        reader.stop(Ending.GONE)
    words = slow_words(reader)
    context.hub.close(reader)
    if reader.ending is Ending.GONE:
        return
    slow = reader.ending is Ending.SLOW
    with suppress(TimeoutError, WebSocketDisconnect):
        async with asyncio.timeout(LAST_WORDS_SECONDS):
            if slow:
                await websocket.send_text(words.decode())
            await websocket.close(TRY_LATER if slow else GOING_AWAY)


async def _write(websocket: WebSocket, reader: Reader, parts: list[bytes]) -> None:
    reader.sending = True
    for part in parts:
        await websocket.send_text(part.decode())
    reader.sent()


class _Session:
    """Hears what one client asks for."""

    def __init__(self, context: Context, websocket: WebSocket, reader: Reader, purse: Purse) -> None:
        self._context = context
        self._hub = context.hub
        self._websocket = websocket
        self._reader = reader
        self._purse = purse

    async def listen(self) -> None:
        """Act on each message, until the client leaves."""
        try:
            while (message := await self._websocket.receive())["type"] != "websocket.disconnect":
                for text in self._answer(message.get("text") or message.get("bytes") or b""):
                    self._reader.aside(text)
                if self._reader.asides >= MOST_REPLIES:
                    await self._reader.asides_taken()
        finally:
            self._reader.stop(Ending.GONE)

    def _answer(self, text: str | bytes) -> list[bytes]:
        command: Command | None = None
        try:
            command = _decoded(text)
            self._purse.spend()
            match command:
                case Subscribe():
                    return self._subscribe(command)
                case Unsubscribe():
                    return [reply(Unsubscribed(self._unsubscribe(command), command.ref))]
                case Ping():
                    return [reply(Pong(command.ref))]
        except RequestError as error:
            ref = UNSET if command is None else command.ref
            return [reply(Refused(error.code, error.title, str(error), ref))]

    def _subscribe(self, command: Subscribe) -> list[bytes]:
        selected, position = self._selected(command)
        after = []
        if command.snapshot:
            texts = [
                text for dataset, wanted in selected.items() for text in latest_texts(self._context, dataset, wanted)
            ]
            after.append(snapshot(texts))
        positions = {}
        for dataset, wanted in selected.items():
            # A dataset that is followed already goes on from where it is: only the filters change.
            place = position if position is not None else self._hub.position(self._reader, dataset)
            positions[dataset.name] = str(self._hub.follow(self._reader, dataset, wanted, place))
            if position is not None and (gap := gap_after(dataset, position)) is not None:
                after.append(notice(gap, self._reader.wire))
        return [reply(Subscribed(positions, command.ref)), *after]

    def _selected(self, command: Subscribe) -> tuple[dict[Dataset, Selection], int | None]:
        area = Area(
            _given(command.city),
            _given(command.theme),
            _given(command.site),
            _given(command.sensor),
            _given(command.property),
            None if command.bbox is UNSET else check_box(Box(*command.bbox)),
        )
        position = parse_position("after", None if command.after is UNSET else command.after)
        # Not the one of when the client came.
        context: Context = self._websocket.app.state.context
        registry, base_url = context.registry, context.base_url
        if command.dataset is not UNSET:
            if area.cities is not None or area.themes is not None:
                raise InvalidParameter("either dataset, or city and theme")
            dataset, selection = select_one(registry, command.dataset, area, base_url)
            return {dataset: selection}, position
        if position is not None:
            raise InvalidParameter("after: ids are of one dataset; name it in dataset")
        return select_area(registry, area, base_url), None

    def _unsubscribe(self, command: Unsubscribe) -> dict[str, str]:
        datasets = [feed.dataset for feed in self._reader.cursors]
        if command.dataset is not UNSET:
            datasets = [dataset for dataset in datasets if dataset.name == command.dataset]
            if not datasets:
                raise InvalidParameter(f"dataset: {command.dataset[:80]!r} is not subscribed to")
        return {dataset.name: str(self._hub.unfollow(self._reader, dataset)) for dataset in datasets}


def _decoded(text: str | bytes) -> Command:
    if len(text) > LONGEST_MESSAGE:
        raise InvalidParameter(f"a message has at most {LONGEST_MESSAGE} bytes")
    try:
        command: Command = _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidParameter(f"the message is not understood: {error}") from error
    return command


def _given(names: list[str] | UnsetType) -> list[str] | None:
    return None if names is UNSET else names
