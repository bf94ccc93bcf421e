"""What is published here: cities, themes, datasets, sites and sensors, and which topic belongs to which.

In: one YAML file a city (`cities/`), one a theme (`themes/`). Out: immutable objects, or every mistake with its line.
"""

from stadspuls.registry.cataloguing import Cataloguing, Concept
from stadspuls.registry.language import LangMap, text
from stadspuls.registry.loader import load_registry
from stadspuls.registry.objects import (
    City,
    Contact,
    Dataset,
    Derivation,
    Kind,
    Property,
    Publisher,
    Sensor,
    Site,
    Source,
    Theme,
)
from stadspuls.registry.polls import Poll, topic_level
from stadspuls.registry.routes import Registry, Route
from stadspuls.registry.schemas import schemas

__all__ = [
    "Cataloguing",
    "City",
    "Concept",
    "Contact",
    "Dataset",
    "Derivation",
    "Kind",
    "LangMap",
    "Poll",
    "Property",
    "Publisher",
    "Registry",
    "Route",
    "Sensor",
    "Site",
    "Source",
    "Theme",
    "load_registry",
    "schemas",
    "text",
    "topic_level",
]
