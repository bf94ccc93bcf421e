"""Units of the registry (UCUM) as Grafana calls them."""

_GRAFANA = {
    "1": "none",
    "%": "percent",
    "ug/m3": "conμgm3",
    "mg/m3": "conmgm3",
    "Cel": "celsius",
    "hPa": "pressurehpa",
    "dB": "dB",
    "s": "s",
    "W": "watt",
    "kW.h": "kwatth",
    "km/h": "velocitykmh",
    "m/s": "velocityms",
    "mm": "lengthmm",
    "lx": "lux",
}
_SYMBOLS = {"1": "", "ug/m3": "µg/m³", "mg/m3": "mg/m³", "Cel": "°C", "kW.h": "kWh"}


def symbol(ucum: str) -> str:
    """The unit as people write it behind a number."""
    return _SYMBOLS.get(ucum, ucum)


def grafana_unit(ucum: str) -> str:
    """The unit by Grafana's word; one that it does not know stands behind the number as it is written."""
    return _GRAFANA.get(ucum) or f"suffix: {ucum}"
