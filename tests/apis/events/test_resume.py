"""A client that is cut off again and again, over restarts and between processes, has every event once."""

import asyncio
import random
from pathlib import Path

import pytest

from stadspuls.registry import Registry
from stadspuls.settings import Settings
from tests.apis.events.processes import ApiProcess, Publishing, wait_until_ready
from tests.apis.events.streams import sse
from tests.apis.kafka import running_kafka

PATH = "/gent/parking/events"
CUTS = 100
KILLS = {15, 35, 55, 75}
"""In which connections the process is killed, in the middle of the stream."""


@pytest.mark.timeout(300)
def test_a_client_cut_off_a_hundred_times_has_every_event_once(
    settings: Settings, registry: Registry, tmp_path: Path
) -> None:
    with running_kafka() as kafka:
        settings = settings.model_copy(update={"kafka_bootstrap": kafka.address})
        processes = [ApiProcess(settings, tmp_path / f"api-{n}.log") for n in range(2)]
        try:
            for process in processes:
                process.start()
            wait_until_ready(*processes)
            with Publishing(settings, registry, kafka) as publishing:
                received = asyncio.run(cut_off_and_resume(processes))
            assert len(received) > CUTS
            first = publishing.published.index(received[0])
            assert received == publishing.published[first : first + len(received)]
            logs = "".join(process._log.read_text() for process in processes)
            assert "Traceback" not in logs
        finally:
            for process in processes:
                process.kill()


async def cut_off_and_resume(processes: list[ApiProcess]) -> list[int]:
    """Every id, in the order it came."""
    chance = random.Random(2)  # noqa: S311 - the same each time
    received: list[int] = []
    last = ""
    for cut in range(CUTS):
        process = await ready_one(processes, chance)
        async with sse(process.port, PATH, Last_Event_ID=last) as stream:
            assert stream.status == 200
            wanted = chance.randrange(1, 60)
            while wanted > 0:
                event = await stream.next()
                if event.name == "observation":
                    received.append(int(event.id))
                    wanted -= 1
            if cut in KILLS:
                await asyncio.to_thread(restart, process)
                received += [int(event.id) for event in await stream.rest() if event.name == "observation"]
            last = str(received[-1])
    return received


def restart(process: ApiProcess) -> None:
    """Killed, and started again; until it is there the other one answers."""
    process.kill()
    process.start()


async def ready_one(processes: list[ApiProcess], chance: random.Random) -> ApiProcess:
    while True:
        process = chance.choice(processes)
        if await asyncio.to_thread(process.ready):
            return process


def test_a_process_that_stops_ends_its_streams_and_is_quick_about_it(
    settings: Settings, registry: Registry, tmp_path: Path
) -> None:
    with running_kafka() as kafka:
        settings = settings.model_copy(update={"kafka_bootstrap": kafka.address})
        process = ApiProcess(settings, tmp_path / "api.log")
        try:
            process.start()
            wait_until_ready(process)
            assert asyncio.run(stopped_while_listening(process)) == 0
            log = (tmp_path / "api.log").read_text()
            assert "exceeded" not in log
            assert "Traceback" not in log
        finally:
            process.kill()


async def stopped_while_listening(process: ApiProcess) -> int:
    async with sse(process.port, PATH) as stream, sse(process.port, "/events") as area:
        assert (await area.next()).name == "snapshot"
        stopping = asyncio.create_task(asyncio.to_thread(process.terminate))
        assert await stream.rest() == []
        assert await area.rest() == []
        return await stopping
