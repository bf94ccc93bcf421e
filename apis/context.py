"""What every route needs, made once for each API process."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from apis.archive.shelf import Shelf
from apis.ldes.streams import EventStreams
from apis.live import LiveState
from apis.pages.library import Library
from apis.readers import Readers
from apis.rendered import Rendered
from stadspuls.registry import Registry
from stadspuls.settings import Settings

if TYPE_CHECKING:
    # At run time the hub, which asks who may see what, comes after the context.
    from apis.events.hub import Hub


@dataclass(frozen=True, eq=False, kw_only=True)
class Context:
    """Settings, registry, the store's readers, the newest values, the live subscribers, the pages, the archive."""

    settings: Settings
    registry: Registry
    readers: Readers
    live: LiveState
    hub: "Hub"
    library: Library
    streams: EventStreams
    shelf: Shelf
    rendered: Rendered = field(default_factory=Rendered)

    @property
    def base_url(self) -> str:
        """The base of every published address, without a slash at the end."""
        return self.settings.base_url


async def context_of(request: Request) -> Context:
    """The context of the application that answers."""
    context: Context = request.app.state.context
    return context


ContextDep = Annotated[Context, Depends(context_of)]
