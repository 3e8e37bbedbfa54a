"""Distances on the ground, between points that may be given in different datums."""

from math import asin, cos, pi, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_000
# the ellipsoid that Chinese maps shift coordinates on
_AXIS_M = 6_378_245.0
_ECCENTRICITY = 0.006693421622965943

Point = tuple[float, float]


def distance_m(one: Point, other: Point) -> int:
    """Metres between two points (latitude, longitude in degrees) of the same datum."""
    lat1, lng1, lat2, lng2 = (radians(value) for value in (*one, *other))
    chord = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lng2 - lng1) / 2) ** 2
    return round(2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(chord))))


def in_gcj02(point: Point, datum: str) -> Point:
    """A point as Chinese maps show it; `datum` is what it is given in, wgs84 or gcj02."""
    if datum == "gcj02":
        return point
    lat, lng = point
    north, east = _shift(lng - 105.0, lat - 35.0)
    flattening = 1 - _ECCENTRICITY * sin(radians(lat)) ** 2
    meridian = _AXIS_M * (1 - _ECCENTRICITY) / (flattening * sqrt(flattening)) * pi / 180
    parallel = _AXIS_M / sqrt(flattening) * cos(radians(lat)) * pi / 180
    return lat + north / meridian, lng + east / max(parallel, 1.0)


def _shift(x: float, y: float) -> tuple[float, float]:
    """Metres north and east of the published shift, for degrees east of 105° and north of 35°."""
    root = sqrt(abs(x))
    wave = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    return north, east
