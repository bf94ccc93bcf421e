"""Draws that can be asked again."""

from itertools import pairwise
from statistics import fmean, pstdev

from simulators.chance import SmoothNoise, bump, draws
from stadspuls.clock import HOUR, MINUTE

START = 20_000 * 24 * HOUR


def test_a_name_has_its_own_draws_and_always_the_same() -> None:
    assert draws(1, "a", 2).random() == draws(1, "a", 2).random()
    assert len({draws(1, "a").random(), draws(2, "a").random(), draws(1, "b").random()}) == 3


def test_noise_is_the_same_from_wherever_it_is_asked() -> None:
    course = SmoothNoise(1, "n", 60)
    forwards = [course(START + i * MINUTE) for i in range(600)]
    backwards = [SmoothNoise(1, "n", 60)(START + i * MINUTE) for i in reversed(range(600))]
    assert forwards == backwards[::-1]


def test_noise_is_smooth_and_about_as_wide_as_promised() -> None:
    course = SmoothNoise(1, "n", 60)
    values = [course(START + i * MINUTE) for i in range(20_000)]
    assert max(abs(one - other) for one, other in pairwise(values)) < 0.25
    assert abs(fmean(values)) < 0.3
    assert 0.75 < pstdev(values) < 1.15


def test_a_bump_reaches_across_midnight() -> None:
    assert bump(19, 19, 1) == 1
    assert bump(0.5, 23.5, 1) == bump(22.5, 23.5, 1) > 0.5
