"""Air quality and weather with a believable course, as pure functions of seed, station and time.

All stations share the weather of the region; each has its own traffic and its own small differences. NO2 follows
traffic and still air, particles follow both and the cold, ozone follows the afternoon sun and is used up by NO.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from simulators.chance import SmoothNoise, bump, draws
from stadspuls.clock import to_datetime

UNITS = {
    "no2": "ug/m3",
    "pm10": "ug/m3",
    "pm25": "ug/m3",
    "o3": "ug/m3",
    "so2": "ug/m3",
    "co": "mg/m3",
    "temperature": "Cel",
    "humidity": "%",
    "pressure": "hPa",
}
"""The properties simulated here, with the unit (UCUM) the numbers are meant in."""

SATURDAY = 5
_REGION = "weather"


@dataclass(frozen=True)
class Weather:
    """The region's weather at one instant."""

    sun: float
    """Sine of the sun's height, 0 at night."""
    warm_hours: float
    """-1 before dawn to 1 in the middle of the afternoon."""
    winter: float
    """1 in mid-January, -1 in mid-July."""
    stillness: float
    """Around 1; above it the air stands and pollution stays."""
    temperature: float
    pressure: float
    damp: float


class Region:
    """The weather all stations share."""

    def __init__(self, seed: int) -> None:
        self._warm = SmoothNoise(seed, f"{_REGION}/warm", 36 * 60)
        self._still = SmoothNoise(seed, f"{_REGION}/still", 8 * 60)
        self._high = SmoothNoise(seed, f"{_REGION}/high", 60 * 60)
        self._damp = SmoothNoise(seed, f"{_REGION}/damp", 12 * 60)

    def at(self, at: int, latitude: float, longitude: float) -> Weather:
        """The weather at an instant (microseconds) and place."""
        moment = to_datetime(at)
        winter = math.cos(2 * math.pi * (_day_of_year(moment) - 15) / 365.25)
        hour = _solar_hour(moment, longitude)
        warm_hours = math.cos(2 * math.pi * (hour - 15) / 24)
        high = self._high(at)
        return Weather(
            sun=_sun(moment, hour, latitude),
            warm_hours=warm_hours,
            winter=winter,
            stillness=math.exp(0.3 * self._still(at) + 0.1 * high - 0.15 * warm_hours),
            temperature=10.8 - 7.6 * winter + (3.2 - 1.6 * winter) * warm_hours + 2.8 * self._warm(at),
            pressure=1015.5 + 8.5 * high,
            damp=self._damp(at),
        )


class Station:
    """An air-quality station: all its properties at an instant."""

    def __init__(self, seed: int, name: str, region: Region, place: tuple[float, float], zone: ZoneInfo) -> None:
        chance = draws(seed, name, "profile")
        self._region, self._place, self._zone = region, place, zone
        self._traffic_share = chance.uniform(0.5, 1.4)
        self._offset = chance.gauss(0, 0.5)
        self._local = SmoothNoise(seed, f"{name}/local", 90)
        self._dust = SmoothNoise(seed, f"{name}/dust", 180)
        self._breeze = SmoothNoise(seed, f"{name}/breeze", 40)
        self.at: Callable[[int], dict[str, float]] = lru_cache(maxsize=1)(self._at)

    def _at(self, at: int) -> dict[str, float]:
        weather = self._region.at(at, *self._place)
        traffic = self._traffic_share * traffic_at(to_datetime(at, self._zone)) * math.exp(0.2 * self._local(at))
        still, winter, dust = weather.stillness, weather.winter, math.exp(0.18 * self._dust(at))
        temperature = weather.temperature + self._offset + 0.25 * self._breeze(at)
        dryness = 0.7 * weather.warm_hours - 0.25 * winter - 0.3 * weather.damp + 0.02 * self._breeze(at)
        no2 = (5 + 2 * winter + 27 * traffic) * still * (1 - 0.25 * weather.sun)
        pm25 = (6.5 + 3.5 * winter + 3.5 * traffic) * still * dust
        return {
            "no2": no2,
            "pm25": pm25,
            "pm10": 1.35 * pm25 + (4.5 - 1.5 * winter) * dust * (1 + 0.3 * traffic),
            "o3": (56 - 9 * winter + (76 - 22 * winter) * weather.sun + 3 * self._breeze(at)) * math.exp(-no2 / 50),
            "so2": (1.2 + 0.5 * winter + 0.6 * traffic) * still,
            "co": (0.16 + 0.04 * winter + 0.22 * traffic) * still * math.exp(0.05 * self._breeze(at)),
            "temperature": temperature,
            "humidity": 100 / (1 + 0.27 * math.exp(1.2 * dryness)),
            "pressure": weather.pressure + 0.15 * self._offset + 0.15 * self._breeze(at),
        }


def traffic_at(local: datetime) -> float:
    """Traffic by legal local time, 0 to about 1: two rush hours on working days, a flat noon at weekends."""
    hour = local.hour + local.minute / 60 + local.second / 3600
    weekend = local.weekday() >= SATURDAY
    # Over midnight the day's share goes over too, so that no value jumps.
    night = 0.08
    day = 0.38 * bump(hour, 13.5, 3.6)
    rush = 0.75 * bump(hour, 8.1, 1.1) + 0.65 * bump(hour, 17.4, 1.5)
    return night + day + (0.12 if weekend else 1.0) * rush


def _day_of_year(moment: datetime) -> float:
    return moment.timetuple().tm_yday + moment.hour / 24


def _solar_hour(moment: datetime, longitude: float) -> float:
    return moment.hour + moment.minute / 60 + moment.second / 3600 + longitude / 15


def _sun(moment: datetime, hour: float, latitude: float) -> float:
    """Sine of the sun's height, 2 h delayed: ozone forms while the sun shines and is highest after noon."""
    declination = math.radians(-23.44 * math.cos(2 * math.pi * (_day_of_year(moment) + 10) / 365.25))
    north, turn = math.radians(latitude), 2 * math.pi * (hour - 2 - 12) / 24
    height = math.sin(north) * math.sin(declination) + math.cos(north) * math.cos(declination) * math.cos(turn)
    return max(0.0, height)
