"""The door's one address: a key, a topic, a body; 202 once the message is safe, else a problem document."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route as Path

from ingest.bridge import PAYLOAD_LIMIT
from ingest.door.addresses import route_of, topic_of
from ingest.door.media_types import check_media_type
from ingest.door.receiving import Receiver
from stadspuls.clock import now_us, rfc3339
from stadspuls.errors import InternalError, KeysError, MethodNotAllowed, RequestError, TooLarge, Unavailable
from stadspuls.keys import KeyFile, Scope, require
from stadspuls.limits import RateLimit
from stadspuls.logs import get_logger
from stadspuls.metrics import DOOR_REQUESTS, DOOR_SECONDS
from stadspuls.model import Message
from stadspuls.problems import MEDIA_TYPE, STATUS, problem, problem_headers
from stadspuls.registry import Registry
from stadspuls.registry.in_force import taking_up
from stadspuls.settings import Settings

BODY_SECONDS = 10.0
"""How long a body may take to come."""
ALLOWED = "POST"
HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
"""Nothing here is for browsers: should one come, it makes nothing of an answer."""

_log = get_logger()


class Accepted(msgspec.Struct, rename="camel"):
    """What a device is told: its message is safe.

    Attributes:
        topic: The topic under which it goes on.
        received_at: When it came in.
    """

    topic: str
    received_at: str


class Door:
    """Answers requests."""

    def __init__(self, settings: Settings, registry: Registry, receiver: Receiver) -> None:
        self._base_url = settings.base_url
        self._registry = registry
        self._receiver = receiver
        self._keys = KeyFile(settings.keys_path)
        self._limit = RateLimit(settings.door_rate)

    def take_up(self, registry: Registry) -> None:
        """Go on with another registry, from the next message on; from any thread."""
        self._registry = registry
        self._receiver.take_up(registry)

    async def answer(self, request: Request) -> Response:
        """Answer a request; nothing that goes wrong gets past here."""
        request_id = secrets.token_hex(8)
        try:
            response = await self._accept(request)
        except RequestError as error:
            response = self._problem(error, request_id)
        except ClientDisconnect:
            response = Response(status_code=400)
        except Exception:
            _log.exception("request failed", request_id=request_id, path=request.url.path[:200])
            response = self._problem(InternalError("an unexpected error"), request_id)
        response.headers["X-Request-Id"] = request_id
        response.headers.update(HEADERS)
        DOOR_REQUESTS.labels(str(response.status_code)).inc()
        return response

    async def _accept(self, request: Request) -> Response:
        if request.method != ALLOWED:
            raise MethodNotAllowed(f"only {ALLOWED} here")
        began = time.perf_counter()
        topic = self._admitted(request)
        route = route_of(topic, self._registry)
        headers = request.headers
        check_media_type(headers.get("content-type", ""), headers.get("content-encoding", ""), route.codec)
        body = await _body(request)
        message = Message(topic, body, now_us())
        await self._receiver.receive(message, route)
        DOOR_SECONDS.observe(time.perf_counter() - began)
        accepted = Accepted(topic, rfc3339(message.received_at))
        return Response(msgspec.json.encode(accepted), 202, {"Cache-Control": "no-store"}, "application/json")

    def _admitted(self, request: Request) -> str:
        """The topic of a request whose key may send to it, now."""
        try:
            key = self._keys.known(request.headers.get("authorization", ""))
        except KeysError as error:
            _log.error("API keys cannot be used", why=str(error))
            raise Unavailable("API keys cannot be read now") from error
        topic = topic_of(request.scope["path"])
        require(key, Scope.INGEST, topic.partition("/")[0])
        self._limit.take(key.id)
        return topic

    def _problem(self, error: RequestError, request_id: str) -> Response:
        body = msgspec.json.encode(problem(error, self._base_url, request_id))
        return Response(body, STATUS[error.code], problem_headers(error, ALLOWED), MEDIA_TYPE)


def create_door(settings: Settings, registry: Registry, receiver: Receiver, failed: Callable[[], None]) -> Starlette:
    """The application; `failed` is called when messages can no longer be made safe here."""
    door = Door(settings, registry, receiver)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with receiver.running(failed):
            with taking_up(settings, registry, door.take_up):
                yield

    async def live(_request: Request) -> Response:
        return PlainTextResponse("alive\n")

    methods = ["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"]
    routes = [Path("/health/live", live), Path("/{path:path}", door.answer, methods=methods)]
    return Starlette(routes=routes, lifespan=lifespan)


async def _body(request: Request) -> bytes:
    """The body, never more of it than is read.

    Raises:
        TooLarge: when it is longer.
        RequestError: when it takes too long.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > PAYLOAD_LIMIT:
                    raise TooLarge(f"a body has at most {PAYLOAD_LIMIT} bytes")
    except TimeoutError:
        raise RequestError(f"the body did not come in {BODY_SECONDS:g} s") from None
    return bytes(body)
