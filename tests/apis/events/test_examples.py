"""Every program in `examples/` is run against a server, as its first lines say."""

import asyncio
import contextlib
import json
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from stadspuls.clock import SECOND
from tests.apis.conftest import T0
from tests.apis.events.stage import Server, Stage, eventually

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


@contextlib.asynccontextmanager
async def running(*command: str) -> AsyncIterator[asyncio.StreamReader]:
    """An example's output, while it runs."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.terminate()
        await process.communicate()


async def line(output: asyncio.StreamReader) -> str:
    async with asyncio.timeout(60):
        text = await output.readline()
    assert text, "the example ended"
    return text.decode().rstrip("\n")


@needs("curl")
def test_the_shell_example_shows_events(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        async with (
            stage.serving() as server,
            running("sh", str(EXAMPLES / "live.sh"), f"http://127.0.0.1:{server.port}") as output,
        ):
            assert (await line(output)).startswith("retry: ")
            stage.publish(stage.one(5.0, T0))
            while not (text := await line(output)).startswith("data: {"):
                pass
            assert '"value":5' in text

    stage.run(story)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param([sys.executable, str(EXAMPLES / "live.py")], id="python"),
        pytest.param(["node", str(EXAMPLES / "live.mjs")], id="node", marks=needs("node")),
    ],
)
def test_a_program_goes_on_after_the_last_event_when_the_connection_is_lost(
    stage: Stage, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apis.events.sse.RETRY_MS", range(10, 20))

    async def story(stage: Stage) -> None:
        first = stage.one(5.0, T0)
        stage.store(first)
        async with stage.serving() as server:
            arguments = [*command, f"http://127.0.0.1:{server.port}", "gent/parking", "0"]
            async with running(*arguments) as output:
                assert await line(output) == f"{first.published_at} P1 vacantSpaces 5"
                await lose_connections(server)
                for number in range(3):
                    one = stage.one(float(number), T0 + (number + 1) * SECOND)
                    stage.publish(one)
                    while (text := await line(output)).split()[1] == "stale":
                        pass
                    assert text == f"{one.published_at} P1 vacantSpaces {number}"

    stage.run(story)


async def lose_connections(server: Server) -> None:
    """What a restart does: every stream ends."""
    server.hub.stop()
    server.hub._stopping = False


@needs("chromium")
def test_the_page_follows_what_is_in_its_box(stage: Stage, tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.store(stage.one(41.0, T0))
        async with stage.serving() as server:
            query = f"address=http://127.0.0.1:{server.port}&bbox=3.725,51.056,3.726,51.057"
            async with shown(f"file://{EXAMPLES / 'area.html'}?{query}", tmp_path / "profile") as text:
                await stands("gent/parking P1 vacantSpaces\t41", text)
                stage.publish(
                    stage.made.one("gent/parking", "S1", "occupied", True, T0 + SECOND), stage.one(42.0, T0 + SECOND)
                )
                await stands("gent/parking P1 vacantSpaces\t42", text)
                assert "S1" not in await text()
                assert "connected" in await text()

    stage.run(story)


async def stands(words: str, text: Callable[[], Awaitable[str]]) -> None:
    """Wait until some words stand on a page."""
    for _ in range(1000):
        if words in await text():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{words!r} is not in {await text()!r}")


@contextlib.asynccontextmanager
async def shown(address: str, profile: Path) -> AsyncIterator[Callable[[], Awaitable[str]]]:
    """A page in Chromium; gives what stands on it at the moment."""
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0")
    async with running("chromium", *options, f"--user-data-dir={profile}", address):
        told = profile / "DevToolsActivePort"
        await eventually(lambda: told.exists() and told.read_text().count("\n") == 1)
        port = told.read_text().split()[0]
        async with httpx.AsyncClient(trust_env=False) as client:
            pages = (await client.get(f"http://127.0.0.1:{port}/json/list")).json()
        (socket,) = [page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page"]
        async with asyncio.timeout(90), connect(socket, proxy=None) as browser:

            async def text() -> str:
                asked = {
                    "id": 1,
                    "method": "Runtime.evaluate",
                    "params": {"expression": "document.body?.innerText ?? ''"},
                }
                await browser.send(json.dumps(asked))
                return str(json.loads(await browser.recv())["result"]["result"]["value"])

            yield text
