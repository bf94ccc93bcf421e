"""How often a dataset has something new, in the words of the EU's frequency table."""

from apis.catalogue.concepts import CONTINUOUS, FREQUENCY
from stadspuls.clock import DAY, HOUR, MINUTE
from stadspuls.registry import Concept, Dataset, LangMap

_PERIODS: dict[int, tuple[str, LangMap]] = {
    MINUTE: ("1MIN", {"nl": "elke minuut", "en": "every minute", "fr": "toutes les minutes"}),
    5 * MINUTE: ("5MIN", {"nl": "elke vijf minuten", "en": "every five minutes", "fr": "toutes les cinq minutes"}),
    10 * MINUTE: ("10MIN", {"nl": "elke tien minuten", "en": "every ten minutes", "fr": "toutes les dix minutes"}),
    15 * MINUTE: ("15MIN", {"nl": "elk kwartier", "en": "every fifteen minutes", "fr": "tous les quarts d'heure"}),
    30 * MINUTE: ("30MIN", {"nl": "elk half uur", "en": "every thirty minutes", "fr": "toutes les demi-heures"}),
    HOUR: ("HOURLY", {"nl": "elk uur", "en": "hourly", "fr": "toutes les heures"}),
    DAY: ("DAILY", {"nl": "dagelijks", "en": "daily", "fr": "quotidien"}),
}


def frequency(dataset: Dataset) -> Concept:
    """The shortest period that its sensors declare; `continuously updated` where one declares none, or an odd one."""
    periods = {sensor.period for sensor in dataset.sensors.values()}
    shortest = min((period for period in periods if period), default=None)
    if shortest is None or None in periods or shortest not in _PERIODS:
        return CONTINUOUS
    code, names = _PERIODS[shortest]
    return Concept(iri=f"{FREQUENCY.iri}/{code}", names=names)
