"""Where pages begin and end, checked against a plain model of the rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apis.pages import cutting
from apis.pages.cutting import WINDOW, Cutter, Page, whole_window_from, window_of
from stadspuls.clock import HOUR
from store import LogSpan
from tests.apis.pages.conftest import T0

MOST = 5


def frames() -> st.SearchStrategy[list[list[int]]]:
    """Frames of instants that strictly increase from one to the next: small steps, and some over windows."""
    step = st.one_of(st.integers(1, 3), st.integers(1, 7 * HOUR))
    frame = st.lists(step, min_size=1, max_size=2 * MOST + 2)
    return st.lists(frame, max_size=8).map(_summed)


def _summed(steps: list[list[int]]) -> list[list[int]]:
    at, found = T0 - HOUR, []
    for frame in steps:
        made = []
        for step in frame:
            at += step
            made.append(at)
        found.append(made)
    return found


def expected(instants: list[int], window: int) -> list[Page]:
    """The rule itself."""
    inside = [instant for instant in instants if window <= instant < window + WINDOW]
    chunks = [inside[i : i + MOST] for i in range(0, len(inside), MOST)]
    starts = [window if i == 0 else chunk[0] for i, chunk in enumerate(chunks)]
    ends = [*starts[1:], window + WINDOW]
    return [Page(s, e, c[-1], len(c)) for s, e, c in zip(starts, ends, chunks, strict=False)]


def span(frame: list[int]) -> LogSpan:
    return LogSpan(frame[0], frame[-1], len(frame))


@given(frames())
def test_every_window_is_cut_by_the_rule_whatever_its_frames(made: list[list[int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "MOST", MOST)
        of = {frame[0]: frame for frame in made}
        instants = [instant for frame in made for instant in frame]
        for window in {window_of(instant) for instant in instants}:
            cutter = Cutter(window)
            for frame in made:
                if frame[-1] >= window and frame[0] < cutter.end:
                    cutter.add(span(frame), lambda each: of[each.published_at])
            assert list(cutter.pages()) == expected(instants, window)


def test_frames_are_only_read_where_a_page_or_the_window_ends_inside_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "MOST", 4)
    read: list[int] = []
    made = [[T0 - 1, T0], [T0 + 1], [T0 + 2, T0 + 3], [T0 + 4], [T0 + 5, T0 + 6, T0 + 7, T0 + 8]]

    def instants(each: LogSpan) -> list[int]:
        read.append(each.published_at)
        return next(frame for frame in made if frame[0] == each.published_at)

    cutter = Cutter(T0)
    for frame in made:
        cutter.add(span(frame), instants)
    assert [page.start for page in cutter.pages()] == [T0, T0 + 4, T0 + 8]
    assert read == [T0 - 1, T0 + 5]


def test_a_full_page_ends_only_when_something_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "MOST", 2)
    cutter = Cutter(T0)
    cutter.add(LogSpan(T0 + 1, T0 + 2, 2), lambda _: [])
    assert cutter.pages() == (Page(T0, T0 + WINDOW, T0 + 2, 2),)
    cutter.add(LogSpan(T0 + 9, T0 + 9, 1), lambda _: [])
    assert cutter.pages() == (Page(T0, T0 + 9, T0 + 2, 2), Page(T0 + 9, T0 + WINDOW, T0 + 9, 1))


@given(st.integers(-(10**15), 10**15))
def test_windows_are_aligned_to_utc(instant: int) -> None:
    assert window_of(instant) <= instant < window_of(instant) + WINDOW
    assert window_of(instant) % WINDOW == 0
    first = whole_window_from(instant)
    assert first - WINDOW < instant <= first
    assert first % WINDOW == 0
