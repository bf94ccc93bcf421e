"""A TCP proxy that lets every answer wait: a database that is alive and slow."""

import asyncio
import threading

from deploy.servers.ports import free_port


class SlowProxy:
    """Listens on a port of its own and passes everything on; answers come `delay` seconds late."""

    def __init__(self, target: int, delay: float) -> None:
        self.port = free_port()
        self.delay = delay
        self.answers = 0
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "SlowProxy":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _serve(self) -> None:
        await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward, away = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self._carry(reader, away, 0), self._carry(onward, writer, self.delay))

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, delay: float) -> None:
        try:
            while data := await source.read(65_536):
                if delay:
                    self.answers += 1
                    await asyncio.sleep(delay)
                target.write(data)
                await target.drain()
        except OSError:
            pass
        finally:
            target.close()
