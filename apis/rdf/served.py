"""The JSON-LD contexts that documents name instead of carrying one; a version that was published never changes."""

from functools import lru_cache
from pathlib import Path

import msgspec

from apis.rdf.jsonld import JsonContext

CONTEXTS_PATH = "/docs/contexts"
_FOLDER = Path(__file__).parent / "contexts"
NEWEST = "v1.jsonld"


def context_file(name: str) -> bytes | None:
    """A served context by the name of its file; None when there is none of that name."""
    paths = {path.name: path for path in _FOLDER.glob("*.jsonld")}
    return paths[name].read_bytes() if name in paths else None


@lru_cache(4)
def served_context(base_url: str) -> JsonContext:
    """The newest context, named by its address."""
    terms = msgspec.json.decode((_FOLDER / NEWEST).read_bytes())["@context"]
    prefixes = {name: meaning for name, meaning in terms.items() if isinstance(meaning, str)}
    coerced = {name: meaning["@type"] for name, meaning in terms.items() if isinstance(meaning, dict)}
    return JsonContext(f"{base_url}{CONTEXTS_PATH}/{NEWEST}", prefixes, coerced)
