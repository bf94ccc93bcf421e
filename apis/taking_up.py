"""Takes up a registry that was applied while the API runs: every part goes on with it, between two requests.

Whoever answers a request has taken its context, which never changes, and finishes with the registry it began with.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from fastapi import FastAPI

from apis.catalogue.serving import Catalogues
from apis.context import Context
from apis.rendered import Rendered
from stadspuls.heartbeat import beat
from stadspuls.registry import Registry
from stadspuls.registry.in_force import LOOK_SECONDS, InForce


def take_up(app: FastAPI, registry: Registry) -> None:
    """Go on with another registry; call it on the event loop, for nothing may come between its parts."""
    context: Context = app.state.context
    context.live.take_up(registry)
    context.hub.take_up()
    context.library.take_up(registry)
    context.streams.take_up(registry.version)
    app.state.context = replace(context, registry=registry, rendered=Rendered())
    app.state.catalogues = Catalogues(app.state.context, app.state.openapi_document)


@asynccontextmanager
async def taking_up(app: FastAPI) -> AsyncIterator[None]:
    """Take up what is applied for as long as the block runs."""
    task = asyncio.create_task(_look_for_ever(app), name="registry in force")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _look_for_ever(app: FastAPI) -> None:
    context: Context = app.state.context
    in_force = InForce(context.settings, context.registry)
    while True:
        beat()
        await asyncio.sleep(LOOK_SECONDS)
        if await asyncio.to_thread(in_force.look):
            take_up(app, in_force.current)
