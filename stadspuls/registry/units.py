"""Units in UCUM, the subset that sensors use: enough to tell a unit from a slip of the pen.

Unified Code for Units of Measure, version 2.1, tables 1 to 19 (case sensitive form).
"""

import re

_PREFIXES = ("", "da", *"YZEPTGMkhdcmunpfazy")
# fmt: off
_METRIC = (
    "m", "s", "g", "rad", "K", "C", "cd", "mol", "sr", "Hz", "N", "Pa", "J", "W", "A", "V", "F", "Ohm", "S", "Wb",
    "Cel", "T", "H", "lm", "lx", "Bq", "Gy", "Sv", "l", "L", "ar", "t", "bar", "u", "eV", "B", "B[SPL]", "B[V]",
    "B[mV]", "B[W]", "cal",
)
_NOT_METRIC = (
    "10*", "10^", "[pi]", "%", "[ppth]", "[ppm]", "[ppb]", "[pptr]", "[pH]", "deg", "'", "''", "gon", "min", "h", "d",
    "wk", "mo", "a", "atm", "[degF]", "[ft_i]", "[in_i]", "[mi_i]", "[nmi_i]", "[kn_i]", "har",
)
# fmt: on
_ATOMS = frozenset(prefix + unit for prefix in _PREFIXES for unit in _METRIC) | frozenset(_NOT_METRIC)

_COMPONENT = re.compile(r"(?P<atom>[^0-9./{}()+\-][^./{}()+\-0-9]*|10[*^]|)(?P<exponent>[+-]?\d+)?(?:\{[!-z|~]*\})?")


def is_unit(text: str) -> bool:
    """Whether the text is a unit in UCUM: `ug/m3`, `Cel`, `%`, `1`, `dB{A}`."""
    return bool(text) and all(_is_component(part) for part in re.split(r"[./]", text.removeprefix("/")))


def _is_component(text: str) -> bool:
    match = _COMPONENT.fullmatch(text)
    if not match or not text:
        return False
    atom, exponent = match["atom"], match["exponent"]
    if atom:
        return atom in _ATOMS
    # Without a unit: a plain number, or an annotation alone such as {vehicles}.
    return exponent is None or exponent.isdigit()
