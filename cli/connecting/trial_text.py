"""A trial's report as people read it."""

from rich.table import Table

from cli.connecting.trial_report import SeriesReport, TrialReport
from cli.console import open_console
from cli.printable import printable
from stadspuls.clock import rfc3339, to_us


def print_report(told: TrialReport) -> None:
    """Print what came of a recording."""
    console = open_console()
    measured = sum(series.count for series in told.series if not series.derived)
    kept_back = sum(reason.count for reason in told.rejected)
    counted = f"{told.messages} messages: {measured} observations, {told.repeated} repeated readings dropped"
    console.print(f"{counted}, {kept_back} rejected", soft_wrap=True)
    if told.series:
        console.print(_series(told.series))
    for reason in told.rejected:
        console.print(f"\nrejected {reason.reason}: {reason.count}", soft_wrap=True)
        for example in reason.examples:
            console.print(f"  {printable(example.topic)}: {printable(example.detail)}", soft_wrap=True)
            console.print(f"    {printable(example.payload)}", soft_wrap=True)
    if told.silent:
        console.print("\nsilent, though registered:", soft_wrap=True)
        for sensor in told.silent:
            console.print(f"  {sensor}", soft_wrap=True)


def _series(series: list[SeriesReport]) -> Table:
    table = Table("dataset", "sensor", "property", "count", "suspect", "first", "last", box=None, pad_edge=False)
    for one in series:
        table.add_row(
            one.dataset,
            one.sensor + (" (derived)" if one.derived else ""),
            one.observed_property,
            str(one.count),
            str(one.suspect),
            rfc3339(to_us(one.first)),
            rfc3339(to_us(one.last)),
        )
    return table
