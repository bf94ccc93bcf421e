"""Which messages a replay sends, and in which order."""

import pytest
from msgspec.structs import replace

from stadspuls.errors import ReplayError
from stadspuls.model import Message, Reason, Rejection
from stadspuls.replaying import ADVICE, Skip, select, selecting

KEPT = Rejection(Reason.UNREGISTERED, "no sensor", "gent/parking/X", b"{}", 10, 20, 1, 7, 0)


def test_a_message_is_sent_as_it_was_received() -> None:
    kept = replace(KEPT, retained=True, payload=b"\xff\x00")
    assert [one.message for one in select([kept]).messages] == [
        Message("gent/parking/X", b"\xff\x00", 10, None, None, True)
    ]


def test_a_message_is_sent_once_however_many_of_its_values_were_rejected() -> None:
    both = [KEPT, replace(KEPT, reason=Reason.IMPOSSIBLE)]
    [one] = select([*both, replace(both[0], offset=9)]).messages
    assert [r.reason for r in one.rejections] == [Reason.UNREGISTERED, Reason.IMPOSSIBLE, Reason.UNREGISTERED]
    others = [replace(KEPT, payload=b"[]"), replace(KEPT, received_at=11), replace(KEPT, topic="gent/parking/Y")]
    assert len(select([KEPT, *others]).messages) == 4


def test_messages_go_in_the_order_in_which_they_were_received() -> None:
    order = [
        replace(KEPT, received_at=5, offset=99),
        replace(KEPT, received_at=6, offset=8, payload=b"b"),
        replace(KEPT, received_at=6, offset=8, index=1, payload=b"a"),
        replace(KEPT, received_at=7, offset=1),
    ]
    for given in (order, order[::-1]):
        assert [one.rejections[0] for one in select(given).messages] == order


def test_what_is_no_whole_message_is_passed_over_and_counted() -> None:
    given = [
        replace(KEPT, reason=Reason.TOO_LARGE, length=70_000),
        replace(KEPT, reason=Reason.REFUSED, index=-1),
        replace(KEPT, reason=Reason.UNDECODABLE, index=-1),
        replace(KEPT, replayed_at=30),
        KEPT,
    ]
    messages, skipped = select(given)
    assert len(messages) == 1
    assert skipped == {Skip.CUT: 1, Skip.PUBLISHED: 1, Skip.NO_MESSAGE: 1, Skip.REPLAYED: 1}
    assert select(given, again=True).skipped == {Skip.CUT: 1, Skip.PUBLISHED: 1, Skip.NO_MESSAGE: 1}


def test_more_than_can_be_held_in_order_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selecting, "MOST_REJECTIONS", 2)
    assert len(select([KEPT, KEPT]).messages) == 1
    with pytest.raises(ReplayError, match="narrow the choice"):
        select([KEPT] * 3)
    monkeypatch.setattr(selecting, "MOST_BYTES", 1)
    with pytest.raises(ReplayError, match="narrow the choice"):
        select([KEPT])


def test_there_is_advice_for_every_reason() -> None:
    assert set(ADVICE) == set(Reason)
