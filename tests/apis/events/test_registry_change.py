"""The registry changes while clients listen: they stay, hear the new, and nothing is missed of a new dataset."""

import asyncio
from pathlib import Path

from apis.taking_up import take_up
from stadspuls.registry import Registry, load_registry
from stadspuls.registry.in_force import apply
from tests.apis.conftest import T0, Made
from tests.apis.events.stage import Stage, eventually
from tests.apis.events.streams import sse

EVENTS = "/gent/parking/events"


def edited(folder: Path, *changes: tuple[str, str], file: str = "gent") -> Registry:
    path = folder / "cities" / f"{file}.yaml"
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return load_registry(folder / "cities", folder / "themes")


def with_genk(folder: Path) -> Registry:
    aalst = (folder / "cities" / "aalst.yaml").read_text()
    (folder / "cities" / "genk.yaml").write_text(
        aalst.replace("aalst", "genk").replace("    visibility: private\n", "")
    )
    return load_registry(folder / "cities", folder / "themes")


def test_clients_stay_and_hear_the_new_names(stage: Stage, tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server, sse(server.port, EVENTS) as stream:
            stage.publish(stage.one(1, T0))
            assert (await stream.observation()).data["value"] == 1
            iri = "https://stad.gent/id/parking/Vrijdagmarkt"
            take_up(server.app, edited(tmp_path, ("https://stad.gent/id/parking/P1", iri)))
            stage.publish(stage.one(2, T0 + 1))
            told = (await stream.observation()).data
            assert (told["value"], told["site"]) == (2, iri)

    stage.run(story)


def test_who_follows_what_becomes_private_is_let_go(stage: Stage, tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server, sse(server.port, EVENTS) as stream:
            stage.publish(stage.one(1, T0))
            await stream.observation()
            hidden = edited(tmp_path, ("origin: replayed", "origin: replayed\n    visibility: private"))
            take_up(server.app, hidden)
            stage.publish(stage.one(2, T0 + 1))
            assert [event for event in await stream.rest() if event.name == "observation"] == []
            async with sse(server.port, EVENTS) as again:
                assert again.status == 404

    stage.run(story)


def test_a_dataset_that_is_taken_away_takes_its_listeners_along_and_may_come_back(stage: Stage, tmp_path: Path) -> None:
    before = stage.registry

    async def story(stage: Stage) -> None:
        gone = (tmp_path / "cities" / "gent.yaml").read_text()
        (tmp_path / "cities" / "gent.yaml").unlink()
        without = load_registry(tmp_path / "cities", tmp_path / "themes")
        (tmp_path / "cities" / "gent.yaml").write_text(gone)
        async with stage.serving() as server:
            async with sse(server.port, EVENTS) as stream:
                take_up(server.app, without)
                assert [event for event in await stream.rest() if event.name == "observation"] == []
            await eventually(lambda: not len(server.hub))
            take_up(server.app, before)
            await eventually(lambda: server.live.memory.feeds["gent/parking"].joined)
            async with sse(server.port, EVENTS) as stream:
                stage.publish(stage.one(3, T0 + 2))
                assert (await stream.observation()).data["value"] == 3

    stage.run(story)


def test_nothing_is_missed_of_a_dataset_that_streams_knew_first(stage: Stage, tmp_path: Path) -> None:
    """`streams` may publish of a new dataset while the API still passes it over."""
    genk = with_genk(tmp_path)
    made = Made(genk)

    async def story(stage: Stage) -> None:
        async with stage.serving() as server, sse(server.port, EVENTS) as other:
            observations = [made.one("genk/parking", "hidden", "vacantSpaces", float(n), T0 + n) for n in range(3)]
            stage.publish(observations[0])
            stage.publish(observations[1])
            stage.publish(stage.one(7, T0))
            # What came before it has been passed over.
            assert (await other.observation()).data["value"] == 7
            take_up(server.app, genk)
            await eventually(lambda: server.live.memory.feeds["genk/parking"].joined)
            async with sse(server.port, "/genk/parking/events", Last_Event_ID="0") as stream:
                stage.publish(observations[2])
                assert [event.data["value"] for event in await stream.observations(3)] == [0, 1, 2]
            # Who listened to another dataset has heard nothing twice.
            stage.publish(stage.one(8, T0 + 5))
            assert (await other.observation()).data["value"] == 8

    stage.run(story)


def test_a_running_server_takes_up_what_is_applied(stage: Stage, tmp_path: Path) -> None:
    stage.settings = stage.settings.model_copy(
        update={"cities_dir": tmp_path / "cities", "themes_dir": tmp_path / "themes"}
    )

    async def story(stage: Stage) -> None:
        async with stage.serving() as server:
            edited(tmp_path, ("names: {nl: Straat}", "names: {nl: Laan}"))
            applied = await asyncio.to_thread(apply, stage.settings)
            await eventually(lambda: server.app.state.context.registry.version == applied.now.version)

    stage.run(story)
