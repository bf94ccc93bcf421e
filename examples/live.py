"""Prints a dataset's observations as they are published.

Run it as `python live.py [address] [dataset] [after]`.

When the connection is lost it comes back, and goes on after the last event: nothing is missed, nothing comes twice.
"""

import json
import sys
import time
from collections.abc import Iterator
from urllib.error import URLError
from urllib.request import Request, urlopen


def events(url: str, last_id: str) -> Iterator[tuple[str, str, str]]:
    """The id, name and data of each event, for ever."""
    wait = 1.0
    while True:
        headers = {"Last-Event-ID": last_id} if last_id else {}
        try:
            with urlopen(Request(url, headers=headers), timeout=60) as answer:
                name, data = "message", []
                for line in answer:
                    field, _, value = line.decode().rstrip("\n").partition(":")
                    value = value.removeprefix(" ")
                    if field == "id":
                        last_id = value
                    elif field == "event":
                        name = value
                    elif field == "data":
                        data.append(value)
                    elif field == "retry":
                        wait = int(value) / 1000
                    elif not field and not value:
                        if data:
                            yield last_id, name, "\n".join(data)
                        name, data = "message", []
        except (URLError, OSError) as error:
            print(f"connection lost: {error}", file=sys.stderr)
        time.sleep(wait)


def main(address: str = "http://127.0.0.1:8080", dataset: str = "gent/parking", after: str = "") -> None:
    """Print every event."""
    for event_id, name, data in events(f"{address}/{dataset}/events", after):
        content = json.loads(data)
        if name == "observation":
            value = f"{content['value']} {content['unit']}" if content["unit"] != "1" else content["value"]
            print(event_id, content["sensor"], content["property"], value, flush=True)
        else:
            print(event_id, name, content, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
