"""Panels in the form that Grafana reads, by the classes it publishes of its own schema (grafana-foundation-sdk)."""

from typing import TypeAlias

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models

from deploy.boards.panels import PLAIN, Flux, Metric, Panel, Steps

INFLUXDB = models.DataSourceRef(type_val="influxdb", uid="stadspuls-influxdb")
PROMETHEUS = models.DataSourceRef(type_val="prometheus", uid="stadspuls-prometheus")

_Builder: TypeAlias = timeseries.Panel | stat.Panel | table.Panel | bargauge.Panel


class FluxQuery(Dataquery):
    """A question to InfluxDB; the schema's classes have none for it."""

    def __init__(self, ref_id: str, query: str) -> None:
        self.ref_id = ref_id
        self.query = query

    def to_json(self) -> dict[str, object]:
        """What Grafana keeps of it."""
        return {"refId": self.ref_id, "datasource": INFLUXDB, "query": self.query}


class _Ready(Builder[Dataquery]):
    """A query where a builder of one is wanted."""

    def __init__(self, query: Dataquery) -> None:
        self._query = query

    def build(self) -> Dataquery:
        return self._query


def render(panel: Panel, language: str, number: int, place: models.GridPos) -> _Builder:
    """The panel in one language, numbered and placed."""
    built = _visual(panel)
    built.id(number).grid_pos(place)
    built.title(panel.title.of(language)).description(panel.description.of(language))
    built.datasource(PROMETHEUS if isinstance(panel.asks[0], Metric) else INFLUXDB)
    built.unit(panel.unit).no_value(panel.no_data.of(language)).thresholds(_thresholds(panel.steps))
    built.mappings(_words(panel, language))
    for ref, ask in zip("ABCDEFGH", panel.asks, strict=False):
        built.with_target(_target(ask, ref, language))
        if isinstance(ask, Metric) and ask.unit:
            built.override_by_query(ref, _told(ask.unit))
    _limits(built, panel)
    for name, (heading, unit) in panel.columns.items():
        shown: list[models.DynamicConfigValue] = [
            models.DynamicConfigValue("displayName", heading.of(language)),
            models.DynamicConfigValue("unit", unit),
        ]
        built.override_by_name(name, shown)
    return built


def _told(unit: str) -> list[models.DynamicConfigValue]:
    """What makes a value of a panel no more than a number in its own unit."""
    return [
        models.DynamicConfigValue("unit", unit),
        models.DynamicConfigValue("mappings", []),
        models.DynamicConfigValue("thresholds", _thresholds(PLAIN).build()),
    ]


def _words(panel: Panel, language: str) -> list[models.ValueMapping]:
    """The words of the steps, the highest first: both ends of a range are in it, and the first that fits counts."""
    ends: list[float | None] = [*(start for start, _ in panel.steps[1:]), None]
    found: list[models.ValueMapping] = []
    for word, (start, _), end in zip(panel.words, panel.steps, ends, strict=False):
        if word is not None:
            said = models.ValueMappingResult(text=word.of(language))
            found.insert(0, models.RangeMap(models.DashboardRangeMapOptions(start, end, said)))
    return found


def _limits(built: _Builder, panel: Panel) -> None:
    if panel.decimals is not None:
        built.decimals(panel.decimals)
    if panel.low is not None:
        built.min(panel.low)
    if panel.high is not None:
        built.max(panel.high)
    if panel.relative is not None:
        built.time_from(panel.relative)
    if panel.label is not None:
        built.display_name(f"${{__field.labels.{panel.label}}}")


def _visual(panel: Panel) -> _Builder:
    match panel.kind:
        case "timeseries":
            style = (
                shapes.GraphThresholdsStyleMode.DASHED if panel.line_at_steps else shapes.GraphThresholdsStyleMode.OFF
            )
            drawn = timeseries.Panel().thresholds_style(common.GraphThresholdsStyleConfig().mode(style))
            if panel.calm is not None:
                drawn.axis_soft_max(panel.calm)
            if panel.stays:
                drawn.line_interpolation(shapes.LineInterpolation.STEP_AFTER)
            return drawn.legend(_legend())
        case "stat":
            return _stat(panel)
        case "bargauge":
            horizontal = shapes.VizOrientation.HORIZONTAL
            return bargauge.Panel().reduce_options(_last()).orientation(horizontal)
        case "table":
            return table.Panel()


def _stat(panel: Panel) -> stat.Panel:
    shown = stat.Panel().reduce_options(_last())
    if len(panel.asks) > 1:
        shown.text_mode(shapes.BigValueTextMode.VALUE_AND_NAME)
    if not panel.loud:
        return shown.color_mode(shapes.BigValueColorMode.VALUE)
    return shown.color_mode(shapes.BigValueColorMode.BACKGROUND_SOLID).graph_mode(shapes.BigValueGraphMode.NONE)


def _legend() -> common.VizLegendOptions:
    shown = common.VizLegendOptions().show_legend(True)
    return shown.display_mode(shapes.LegendDisplayMode.LIST).placement(shapes.LegendPlacement.BOTTOM)


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"])


def _thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    made = [models.Threshold(value, colour) for value, colour in steps]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(made)


def _target(ask: Flux | Metric, ref: str, language: str) -> Builder[Dataquery]:
    if isinstance(ask, Flux):
        return _Ready(FluxQuery(ref, ask.query(language)))
    query = prometheus.Dataquery().expr(ask.expr).legend_format(ask.legend.of(language)).ref_id(ref)
    return query.datasource(PROMETHEUS).range()
