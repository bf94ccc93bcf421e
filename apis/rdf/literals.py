"""Values as RDF literals."""

from decimal import Decimal

from pyoxigraph import Literal

from apis.vocabulary import XSD
from stadspuls.clock import rfc3339
from stadspuls.model import Value
from stadspuls.registry import LangMap


def instant(us: int) -> Literal:
    """An instant in microseconds since 1970 as `xsd:dateTime` in UTC."""
    return Literal(rfc3339(us), datatype=XSD["dateTime"])


def stamp(us: int) -> Literal:
    """An instant as `xsd:dateTimeStamp`, which OWL-Time asks for."""
    return Literal(rfc3339(us), datatype=XSD["dateTimeStamp"])


def decimal(number: float) -> Literal:
    """A number without exponent, with the fewest digits that give the same float64 back."""
    text = format(Decimal(repr(float(number))), "f")
    return Literal(text if "." in text else f"{text}.0", datatype=XSD["decimal"])


def result(value: Value) -> Literal:
    """A result: number, boolean or text."""
    if isinstance(value, bool):
        return Literal(value)
    return Literal(value) if isinstance(value, str) else decimal(value)


def texts(langmap: LangMap) -> list[Literal]:
    """Text for people, one literal a language."""
    return [Literal(text, language=language) for language, text in langmap.items()]
