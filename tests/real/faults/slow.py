"""A TCP proxy that lets every answer wait: a database that is alive and slow."""

import asyncio
import contextlib
import threading

from deploy.servers.ports import free_port


class SlowProxy:
    """Passes everything on; answers come `delay` seconds late, and none waits for another."""

    def __init__(self, target: int, delay: float) -> None:
        self.port = free_port()
        self.delay = delay
        self.answers = 0
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._carried: set[asyncio.Task[None]] = set()
        self._open = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "SlowProxy":
        self._thread.start()
        assert self._open.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(10)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self._open.set()
        await self._ended.wait()
        server.close()
        for task in self._carried:
            task.cancel()
        await asyncio.gather(*self._carried, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward, away = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        late: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        for carrying in (_carry(reader, away), self._collect(onward, late), _release(late, writer)):
            task = asyncio.create_task(carrying)
            self._carried.add(task)
            task.add_done_callback(self._carried.discard)

    async def _collect(self, source: asyncio.StreamReader, late: asyncio.Queue[tuple[float, bytes]]) -> None:
        data = b"begin"
        while data:
            try:
                data = await source.read(65_536)
            except OSError:
                data = b""
            self.answers += 1
            late.put_nowait((self._loop.time() + self.delay, data))


async def _carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
    except OSError:
        return
    finally:
        await _close(target)


async def _release(late: asyncio.Queue[tuple[float, bytes]], target: asyncio.StreamWriter) -> None:
    try:
        while True:
            due, data = await late.get()
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            if not data:
                return
            target.write(data)
            await target.drain()
    except OSError:
        return
    finally:
        await _close(target)


async def _close(target: asyncio.StreamWriter) -> None:
    target.close()
    with contextlib.suppress(OSError):
        await target.wait_closed()
