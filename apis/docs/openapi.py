"""The OpenAPI document: FastAPI's view of the routes, with the schemas of the structs that are really written."""

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from apis.admin.access import SECURITY_SCHEMES
from apis.admin.models import RejectedDocument, RejectedMessage, ReplayAccepted, ReplayRequest
from apis.archive.models import ArchiveDocument
from apis.data.models import HistoryDocument, LatestDocument, SiteFeatures
from apis.data.site_models import DescribedSites, SitesDocument
from apis.data.window_models import AggregatedFeatures, AggregatesDocument
from apis.events.models import ObservationEvent
from apis.health.models import Health
from apis.limiting import FREE
from apis.parameter_schemas import INSTANT
from apis.portal.models import IndexDocument
from apis.schema import LIMIT_HEADERS, problem_responses
from stadspuls import __version__
from stadspuls.problems import Problem

DOCUMENTS = (
    LatestDocument,
    HistoryDocument,
    SiteFeatures,
    AggregatesDocument,
    AggregatedFeatures,
    SitesDocument,
    DescribedSites,
    ArchiveDocument,
    IndexDocument,
    ObservationEvent,
    Health,
    RejectedDocument,
    RejectedMessage,
    ReplayRequest,
    ReplayAccepted,
    Problem,
)
"""Every struct that is an answer or a body by itself."""

DESCRIPTION = """\
The pulse of a city as open data. No key is needed, every site may ask (CORS), and each answer names its licence and
its origin: `measured`, `replayed` (a recording played again) or `simulated`.

Instants are RFC 3339 in UTC. Every error is a problem document (RFC 9457) whose `type` leads to `/docs/errors`.
HEAD and OPTIONS work wherever GET does.

Only `/admin` wants a key: it is for those who look after a city's sensors, or the platform.
"""
TAGS = [
    {"name": "data", "description": "Observations, aggregates and sites as JSON, GeoJSON and CSV."},
    {"name": "live", "description": "Every new observation as server-sent events; `/ws` is in `/asyncapi.json`."},
    {"name": "catalogue", "description": "What is published here, in DCAT for harvesters."},
    {"name": "platform", "description": "How the platform is."},
    {"name": "operators", "description": "What was kept back, and its replay; with an API key."},
    {"name": "pages", "description": "For people."},
]


def build_openapi(app: FastAPI, base_url: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the application's routes."""
    document: dict[str, Any] = get_openapi(
        title="Stadspuls",
        version=__version__,
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": base_url}],
        tags=TAGS,
        routes=app.routes,
    )
    _, schemas = msgspec.json.schema_components(DOCUMENTS, ref_template="#/components/schemas/{name}")
    # FastAPI's own shape of a failed check is never answered: it becomes a problem document with status 400.
    for path, operations in document["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            _add_limits(path, operation["responses"])
    _refine_replay(schemas["ReplayRequest"])
    document["components"] = {"schemas": dict(sorted(schemas.items())), "securitySchemes": SECURITY_SCHEMES}
    return document


def _add_limits(path: str, responses: dict[str, Any]) -> None:
    """What every path may answer, and what every question may that costs something."""
    everywhere = ["uri-too-long", "headers-too-large", "internal-error"]
    counted = not path.startswith(FREE)
    for status, response in problem_responses(*everywhere, *(["too-many-requests"] if counted else [])).items():
        responses.setdefault(str(status), response)
    if counted:
        responses["429"]["headers"] = LIMIT_HEADERS


def _refine_replay(schema: dict[str, Any]) -> None:
    """A replay is of keys, or of what a filter finds: not of both, and not of everything."""
    text = {"type": "string"}
    filters = {"city": text, "dataset": text, "reason": text, "since": INSTANT, "until": INSTANT}
    for name in ("since", "until"):
        schema["properties"][name]["anyOf"] = [*INSTANT["anyOf"], {"type": "null"}]
    schema["oneOf"] = [
        {"required": ["keys"], "properties": {"keys": {"type": "array"}}},
        {"anyOf": [{"required": [name], "properties": {name: wanted}} for name, wanted in filters.items()]},
    ]
