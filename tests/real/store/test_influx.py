"""The InfluxDB backend on a real server: the shared suite, and what is InfluxDB's own."""

from tests.store.suite import StoreSuite


class TestInflux(StoreSuite):
    """Row for row what SQLite answers."""
