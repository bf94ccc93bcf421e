"""Scales, projection and the places of marks."""

from math import hypot

import pytest

from apis.portal.outline import HEIGHT, WIDTH, Spot, View, outlines, project, view_of
from apis.portal.scales import AIR, VACANCY
from apis.portal.series import number
from apis.portal.site_map import _packed


@pytest.mark.parametrize(
    ("vacant", "band"), [(0, 0), (1, 1), (5, 1), (5.5, 2), (15, 2), (16, 3), (40, 3), (41, 4), (100, 4), (-1, 0)]
)
def test_vacancy_is_a_share_of_the_capacity(vacant: float, band: int) -> None:
    assert VACANCY.band({"vacantSpaces": vacant}, 100) == band
    assert VACANCY.band({"vacantSpaces": vacant}, None) is None
    assert VACANCY.band({}, 100) is None


@pytest.mark.parametrize(
    ("values", "band"),
    [
        ({"no2": 10.0}, 0),
        ({"no2": 10.1}, 1),
        ({"no2": 9.0, "pm25": 15.1}, 2),
        ({"no2": 151.0}, 5),
        ({"no2": -3.0}, 0),
        ({"o3": 160.0, "so2": 276.0}, 5),
    ],
)
def test_the_worst_substance_counts(values: dict[str, float], band: int) -> None:
    assert AIR.band(values, None) == band
    assert AIR.band({"temperature": 21.0}, None) is None


def test_the_outline_lies_in_the_frame_and_the_cities_in_the_outline() -> None:
    names = [name for name, _ in outlines()]
    assert names[-3:] == ["Flanders", "Brussels", "provinces"]
    for latitude, longitude in ((51.23, 2.92), (50.966, 5.501), (51.323, 4.945), (50.828, 3.264)):
        spot = project(latitude, longitude)
        assert 0 < spot.x < WIDTH
        assert 0 < spot.y < HEIGHT
    # Ghent lies north-west of Brussels.
    ghent, brussels = project(51.054, 3.717), project(50.847, 4.353)
    assert ghent.x < brussels.x
    assert ghent.y < brussels.y


def test_a_view_shows_all_its_places_with_room_around() -> None:
    spots = [Spot(100, 100), Spot(110, 140), Spot(95, 120)]
    view = view_of(spots)
    for spot in spots:
        seen = view.place(spot)
        assert 0.1 * WIDTH < seen.x < 0.9 * WIDTH
        assert 0.1 * HEIGHT < seen.y < 0.9 * HEIGHT
    assert view_of([]) == View()
    assert view_of([Spot(3, 3)]).place(Spot(3, 3)) == pytest.approx((WIDTH / 2, HEIGHT / 2))


def test_marks_side_by_side_never_lie_on_each_other() -> None:
    spots = _packed(40)
    assert min(hypot(a.x - b.x, a.y - b.y) for i, a in enumerate(spots) for b in spots[:i]) > 12
    assert max(hypot(spot.x, spot.y) for spot in spots) < 70
    assert _packed(1) == [Spot(0, 0)]


def test_numbers_are_written_as_the_language_does() -> None:
    assert (number(41.25, 1, "nl"), number(41.25, 1, "en"), number(1234.0, 0, "fr")) == ("41,2", "41.2", "1234")
    assert number(0.1 + 0.2, None, "nl") == "0,3"
