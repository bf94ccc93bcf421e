"""What every route needs, made once for each API process."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from apis.live import LiveState
from apis.readers import Readers
from apis.rendered import Rendered
from stadspuls.registry import Registry
from stadspuls.settings import Settings


@dataclass(frozen=True, eq=False, kw_only=True)
class Context:
    """Settings, registry, the store's readers, and the latest values in memory."""

    settings: Settings
    registry: Registry
    readers: Readers
    live: LiveState
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
