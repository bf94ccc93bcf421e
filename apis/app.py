"""The application: every interface, behind the same layers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from apis.admin import routes as admin
from apis.admin.access import Gate
from apis.admin.replays import Replays
from apis.archive import routes as archive
from apis.archive.models import MEDIA_TYPES as ARCHIVED
from apis.archive.shelf import Shelf
from apis.catalogue import routes as catalogue
from apis.catalogue.serving import Catalogues
from apis.context import Context
from apis.data import history, latest, sites
from apis.docs import routes as docs
from apis.docs.asyncapi import build_asyncapi
from apis.docs.openapi import build_openapi
from apis.documents import routes as documents
from apis.events import routes as events
from apis.events import websocket
from apis.events.hub import Hub
from apis.health import routes as health
from apis.ldes import routes as ldes
from apis.ldes.streams import EventStreams
from apis.limiting import Limit
from apis.live import LiveState
from apis.methods import allowed_methods
from apis.middleware import Catch, Measure, Surround
from apis.pages import routes as pages
from apis.pages import terms
from apis.pages.library import Library
from apis.parameters import parameters_of
from apis.portal import places
from apis.portal import routes as portal
from apis.problems import handle_errors
from apis.readers import Readers
from apis.remembering import Remember
from apis.taking_up import taking_up
from apis.visitors import Visitors
from stadspuls import __version__
from stadspuls.registry import Registry
from stadspuls.settings import Settings

GZIP_LEVEL = 4
"""The observations' JSON shrinks to a tenth; higher levels take twice the time for a few percent."""

COMPRESSED_ALREADY = (*DEFAULT_EXCLUDED_CONTENT_TYPES, *ARCHIVED.values())
"""Media types that are sent as they lie on disk: a range of bytes is one of the file."""


def create_app(settings: Settings, registry: Registry, readers: Readers, live: LiveState) -> FastAPI:
    """The application; while it runs it follows the published log, and it closes the readers when it ends."""
    hub = Hub(live, readers, settings.base_url, settings.live_subscribers)
    library = Library(settings, registry, readers)
    replays = Replays(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            async with live.following(), hub.running(), library.tending(), replays.running(), taking_up(app):
                yield
        finally:
            readers.close()

    visitors = Visitors(settings)

    def allowed(path: str) -> str:
        return allowed_methods(app, path)

    def in_force() -> str:
        context: Context = app.state.context
        return context.registry.version

    app: FastAPI = FastAPI(
        title="Stadspuls",
        version=__version__,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        middleware=[
            Middleware(Measure),
            Middleware(Surround, base_url=settings.base_url, allowed=allowed),
            Middleware(Remember, version=in_force),
            Middleware(Limit, visitors=visitors, base_url=settings.base_url),
            Middleware(Catch, base_url=settings.base_url),
            Middleware(
                GZipMiddleware, minimum_size=1024, compresslevel=GZIP_LEVEL, exclude_content_types=COMPRESSED_ALREADY
            ),
        ],
    )
    app.state.context = Context(
        settings=settings,
        registry=registry,
        readers=readers,
        live=live,
        hub=hub,
        library=library,
        streams=EventStreams(settings.base_url, registry.version, library, readers),
        shelf=Shelf(settings),
    )
    app.state.visitors = visitors
    app.state.gate, app.state.replays = Gate(settings), replays
    handle_errors(app, settings.base_url, allowed)
    app.mount("/docs/static", docs.static_files())
    app.mount("/static", portal.static_files())
    # Fixed paths first: `/{city}/{theme}/...` would take some of them for a city.
    platform = (docs.router, health.router, admin.router)
    fixed = (portal.router, catalogue.router, *platform, websocket.router, terms.router)
    named = (ldes.documents, documents.router)
    data = (latest.router, history.router, sites.router, archive.router, ldes.router)
    for router in (*fixed, *named, events.router, *data, pages.router, places.router):
        app.include_router(router)
    document = build_openapi(app, settings.base_url)
    app.state.openapi_document = document
    app.state.asyncapi_document = build_asyncapi(settings.base_url, settings.mqtt_port, settings.open_mqtt_url)
    app.state.parameters = parameters_of(document)
    app.state.catalogues = Catalogues(app.state.context, document)
    return app
