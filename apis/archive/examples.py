"""An example of the list."""

from apis.schema import EXAMPLE_BASE

_FILE = f"{EXAMPLE_BASE}/gent/parking/archive/2026-01-05"

LIST = {
    "dataset": "gent/parking",
    "licence": "https://data.stad.gent/algemene-licentie",
    "origin": "measured",
    "timeZone": "Europe/Brussels",
    "entries": [
        {
            "day": "2026-01-05",
            "revision": 0,
            "rows": 4320,
            "firstObservedAt": "2026-01-04T23:00:12Z",
            "lastObservedAt": "2026-01-05T22:59:41Z",
            "lastPublishedAt": "2026-01-05T23:02:07.310044Z",
            "registry": "4f1c09d2ab37",
            "files": [
                {
                    "url": f"{_FILE}.parquet",
                    "mediaType": "application/vnd.apache.parquet",
                    "bytes": 48213,
                    "sha256": "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab",
                },
                {
                    "url": f"{_FILE}.csv.gz",
                    "mediaType": "application/gzip",
                    "bytes": 91077,
                    "sha256": "3fdba35f04dc8c462986c992bcf875546257113072a909c162f7e470e581e278",
                },
            ],
        }
    ],
}
