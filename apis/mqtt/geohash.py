"""Geohash: a point on the map as a word whose every beginning names a square around it (Niemeyer, 2008)."""

ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz"
"""Five bits a character: no a, i, l, o."""
_BITS = 5


def geohash(latitude: float, longitude: float, characters: int) -> str:
    """The square of `characters` levels in which a point lies; degrees, WGS84.

    Longitude and latitude are halved in turn, longitude first; a point on the line between belongs to the upper half.
    """
    position = (longitude, latitude)
    bounds = [[-180.0, 180.0], [-90.0, 90.0]]
    bits = 0
    for number in range(_BITS * characters):
        axis = number % 2
        middle = sum(bounds[axis]) / 2
        upper = position[axis] >= middle
        bounds[axis][0 if upper else 1] = middle
        bits = bits << 1 | upper
    return "".join(ALPHABET[bits >> _BITS * place & 31] for place in reversed(range(characters)))
