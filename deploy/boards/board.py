"""A board: its panels in rows, in one language, under an id that stays."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from deploy.boards.language import LANGUAGES, Text
from deploy.boards.panels import Panel
from deploy.boards.rendering import PROMETHEUS, render

COLUMNS = 24
LONGEST_UID = 40
"""What Grafana takes."""
TAG = "stadspuls"
REGISTRY_TAG = "stadspuls-registry"
"""Marks that say that another registry is in force."""
RESTARTS = "changes(stadspuls_process_start_timestamp_seconds[1m]) > 0"


@dataclass(frozen=True)
class Folder:
    """Where boards of one city lie."""

    uid: str
    title: str


@dataclass(frozen=True)
class Plan:
    """A board before it is in a language."""

    name: str
    """x."""
    folder: Folder
    title: Text
    description: Text
    panels: Sequence[Panel]
    time_zone: str = "browser"
    since: str = "now-24h"


@dataclass(frozen=True)
class Board:
    """A board as Grafana takes it."""

    uid: str
    folder: Folder
    document: dict[str, object]


def uid_of(name: str) -> str:
    """The id of what is called so: the same every time, and no longer than Grafana takes."""
    uid = f"{TAG}-{name}" if name else TAG
    if len(uid) <= LONGEST_UID:
        return uid
    return f"{uid[: LONGEST_UID - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def boards_of(plan: Plan) -> list[Board]:
    """The board in every language."""
    return [_board(plan, language) for language in LANGUAGES]


def _board(plan: Plan, language: str) -> Board:
    uid = uid_of(f"{plan.name}-{language}")
    built = dashboard.Dashboard(plan.title.of(language)).uid(uid).description(plan.description.of(language))
    built.tags([TAG, language, plan.folder.uid]).timezone(plan.time_zone).time(plan.since, "now").refresh("30s")
    built.readonly().annotation(_marks(language)).annotation(_restarts(language))
    for link in _links(plan, language):
        built.link(link)
    for number, (panel, place) in enumerate(zip(plan.panels, _places(plan.panels), strict=True), start=1):
        built.with_panel(render(panel, language, number, place))
    document = json.loads(json.dumps(built.build(), cls=JSONEncoder))
    return Board(uid, plan.folder, document)


def _places(panels: Sequence[Panel]) -> list[models.GridPos]:
    """From left to right; a panel that does not fit begins a new row below the highest of this one."""
    places, x, y, highest = [], 0, 0, 0
    for panel in panels:
        if x + panel.width > COLUMNS:
            x, y, highest = 0, y + highest, 0
        places.append(models.GridPos(h=panel.height, w=panel.width, x=x, y=y))
        x, highest = x + panel.width, max(highest, panel.height)
    return places


def _links(plan: Plan, language: str) -> list[dashboard.DashboardLink]:
    others = [
        dashboard.DashboardLink({"nl": "Nederlands", "en": "English"}[other])
        .type(models.DashboardLinkType.LINK)
        .url(f"/d/{uid_of(f'{plan.name}-{other}')}")
        .keep_time(True)
        for other in LANGUAGES
        if other != language
    ]
    title = Text("Andere borden", "Other boards").of(language)
    more = dashboard.DashboardLink(title).type(models.DashboardLinkType.DASHBOARDS).tags([TAG, language])
    return [*others, more.as_dropdown(True).keep_time(True)]


def _marks(language: str) -> dashboard.AnnotationQuery:
    target = dashboard.AnnotationTarget().limit(100).match_any(True).tags([REGISTRY_TAG]).type("tags")
    grafana = models.DataSourceRef(type_val="grafana", uid="-- Grafana --")
    name = Text("Ander register van kracht", "Another registry in force").of(language)
    return dashboard.AnnotationQuery().name(name).datasource(grafana).enable(True).icon_color("purple").target(target)


def _restarts(language: str) -> dashboard.AnnotationQuery:
    name = Text("Proces herstart", "Process restarted").of(language)
    query = dashboard.AnnotationQuery().name(name).datasource(PROMETHEUS).enable(True).icon_color("orange")
    return query.expr(RESTARTS)
