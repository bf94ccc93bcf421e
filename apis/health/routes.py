"""Routes of health and metrics."""

import asyncio
import os

import msgspec
from fastapi import APIRouter, Request, Response
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

from apis.context import Context, ContextDep
from apis.health.checks import backlog_check, datasets_check, log_check, no_store_check, store_check
from apis.health.gauges import set_gauges
from apis.health.models import MEDIA_TYPE, Check, Health, Status, worst
from apis.schema import one_document, reference
from stadspuls import __version__
from stadspuls.clock import SECOND, now_us, to_datetime
from stadspuls.errors import Unavailable

STORE_SECONDS = 5.0
"""What was seen of the store for so long ago counts; else it is asked, and not waited for any longer."""

NO_STORE = {"Cache-Control": "no-store"}

router = APIRouter(tags=["platform"])

_EXAMPLE_CHECK = Check(Status.PASS, "the published log is followed", to_datetime(1_767_600_000 * SECOND))
_EXAMPLE = msgspec.to_builtins(
    Health(Status.PASS, __version__, "stadspuls-api", "everything keeps up", {"log": [_EXAMPLE_CHECK]})
)
_METRICS = '# TYPE stadspuls_dataset_age_seconds gauge\nstadspuls_dataset_age_seconds{dataset="gent/parking"} 12.4\n'
_CONTENT = {MEDIA_TYPE: {"schema": reference(Health), "example": _EXAMPLE}}


@router.get(
    "/health/live",
    summary="Does the API answer",
    response_class=Response,
    responses={200: {"description": "It does", "content": _CONTENT}},
)
async def live() -> Response:
    """Whether this process answers, whatever is around it."""
    return _response(Health(Status.PASS, __version__, "stadspuls-api", "the API answers"))


@router.get(
    "/health/serving",
    summary="May this process be asked",
    response_class=Response,
    responses={
        200: {"description": "It may", "content": _CONTENT},
        503: {"description": "It has not read what the store holds yet", "content": _CONTENT},
    },
)
async def serving(context: ContextDep) -> Response:
    """Whether this process has what it answers with, however the others are: for who chooses between several."""
    loaded = context.live.loaded
    output = "the API has what it answers with" if loaded else "the latest values are still being read from the store"
    return _response(Health(Status.PASS if loaded else Status.FAIL, __version__, "stadspuls-api", output))


@router.get(
    "/health/ready",
    summary="Does the platform keep up",
    response_class=Response,
    responses={
        200: {"description": "It does; `status` may be `warn`", "content": _CONTENT},
        503: {"description": "Something is wrong; the checks say what", "content": _CONTENT},
    },
)
async def ready(context: ContextDep) -> Response:
    """Every part of the platform, by the age of the data and by what waits between the stages.

    `log`: Kafka is followed. `streams`, `sink`: frames that wait. `store`: answers, and has what is published.
    `datasets`: those that had values have recent ones; if not, that is a warning.
    """
    checks = await _checks(context)
    status = worst([check for each in checks.values() for check in each])
    wrong = [check.output for each in checks.values() for check in each if check.status is not Status.PASS]
    health = Health(status, __version__, "stadspuls-api", "; ".join(wrong) or "everything keeps up", checks)
    return _response(health)


async def _checks(context: Context) -> dict[str, list[Check]]:
    live_state = context.live
    store = await _ask_store(context)
    now = now_us()
    followed = live_state.trouble is None
    return {
        "log": [log_check(live_state, now)],
        "streams": [backlog_check("streams", live_state.streams_backlog, followed, now)],
        "sink": [backlog_check("sink", live_state.sink_backlog, followed, now)],
        "store": [store],
        "datasets": [datasets_check(context.registry, live_state.latest, now)],
    }


async def _ask_store(context: Context) -> Check:
    try:
        stored = await context.live.stored_through(STORE_SECONDS)
    except Unavailable as error:
        return no_store_check(str(error), now_us())
    return store_check(context.live.latest, stored, now_us())


def _response(health: Health) -> Response:
    status = 503 if health.status is Status.FAIL else 200
    return Response(msgspec.json.encode(health), status, NO_STORE, MEDIA_TYPE)


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    responses=one_document("text/plain", _METRICS, "Prometheus text, or OpenMetrics by `Accept`"),
)
async def metrics(request: Request, context: ContextDep) -> Response:
    """Metrics of every process on this machine that shares the metrics folder."""
    set_gauges(context.registry, context.live)
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    # In a thread: with several processes it reads all their files.
    body = await asyncio.to_thread(lambda: encode(_metrics_registry()))
    return Response(body, headers={"Content-Type": content_type, **NO_STORE})


def _metrics_registry() -> CollectorRegistry:
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not folder:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
    return registry
