"""What every backend of the store must do with rejections: a part of the store's suite."""

import pytest
from msgspec.structs import replace

from stadspuls.model import Reason, Rejection
from store import RejectedQuery, StoreReader, StoreWriter
from store.protocol import RejectedPlace
from tests.store.made import START, rejection


def _behind(found: list[Rejection]) -> RejectedPlace | None:
    return RejectedPlace(found[-1].rejected_at, found[-1].key) if found else None


class RejectedSuite:
    """The tests themselves; `StoreSuite` has the fixtures."""

    def test_rejections_are_kept_once_and_listed_newest_first(self, writer: StoreWriter, reader: StoreReader) -> None:
        made = [rejection(rejected_at=START + i, offset=i) for i in range(4)]
        writer.write_rejected(made[:3])
        writer.write_rejected(made[1:])
        assert reader.rejected(RejectedQuery()) == made[::-1]
        assert reader.rejected(RejectedQuery(limit=2)) == [made[3], made[2]]

    def test_rejections_are_asked_by_city_reason_and_time(self, writer: StoreWriter, reader: StoreReader) -> None:
        gent = rejection("gent/parking/P1", Reason.FUTURE, START)
        aalst = rejection("aalst/parking/P1", Reason.FUTURE, START + 1)
        later = rejection("gent/x", Reason.UNREGISTERED, START + 2)
        writer.write_rejected([gent, aalst, later])
        assert reader.rejected(RejectedQuery(city="gent")) == [later, gent]
        assert reader.rejected(RejectedQuery(reason=Reason.FUTURE)) == [aalst, gent]
        assert reader.rejected(RejectedQuery(city="gent", reason=Reason.FUTURE)) == [gent]
        assert reader.rejected(RejectedQuery(start=START + 1, end=START + 2)) == [aalst]
        assert reader.rejected(RejectedQuery(city="gent' OR '1'='1")) == []

    def test_rejections_are_asked_by_dataset_and_by_key(self, writer: StoreWriter, reader: StoreReader) -> None:
        parking = replace(rejection("gent/parking/P1", rejected_at=START), dataset="gent/parking")
        air = replace(
            rejection("gent/x/1", rejected_at=START + 1), dataset="gent/air-quality", observed_property="x y/"
        )
        unknown = rejection("gent/y", Reason.UNREGISTERED, START + 1)
        writer.write_rejected([parking, air, unknown])
        assert reader.rejected(RejectedQuery(dataset="gent/parking")) == [parking]
        assert reader.rejected(RejectedQuery(dataset="gent/air-quality", city="gent")) == [air]
        assert reader.rejected(RejectedQuery(dataset="gent/air-quality", city="aalst")) == []
        for kept in (parking, air, unknown):
            assert reader.rejected(RejectedQuery(key=kept.key)) == [kept]
            assert reader.rejected(RejectedQuery(key=kept.key, city="aalst")) == []
            assert reader.rejected(RejectedQuery(key=kept.key, end=kept.rejected_at)) == []
        for other in ("", "7", "nonsense", f"{air.key}x", '" or true', "9" * 40):
            assert reader.rejected(RejectedQuery(key=other)) == []

    @pytest.mark.parametrize("limit", [1, 2, 3, 100])
    def test_pages_of_rejections_follow_each_other_whatever_comes_meanwhile(
        self, writer: StoreWriter, reader: StoreReader, limit: int
    ) -> None:
        made = [rejection(f"gent/{i}", rejected_at=START + i // 4, offset=i) for i in range(9)]
        writer.write_rejected(made)
        found: list[Rejection] = []
        while page := reader.rejected(RejectedQuery(city="gent", after=_behind(found), limit=limit)):
            found += page
            newest = START + 10 + len(found)
            writer.write_rejected([rejection(f"gent/new/{len(found)}", rejected_at=newest)])
        assert found == made[::-1]

    def test_behind_a_rejection_that_is_gone_comes_the_next_instant(
        self, writer: StoreWriter, reader: StoreReader
    ) -> None:
        older, newer = rejection("gent/a", rejected_at=START), rejection("gent/b", rejected_at=START + 1)
        writer.write_rejected([older, newer])
        assert reader.rejected(RejectedQuery(after=RejectedPlace(START + 1, "gone"))) == [older]
        assert reader.rejected(RejectedQuery(after=RejectedPlace(START + 2, "gone"))) == [newer, older]

    def test_a_rejection_that_was_replayed_says_so_from_then_on(self, writer: StoreWriter, reader: StoreReader) -> None:
        first, second = rejection("gent/a"), replace(rejection("gent/b"), retained=True, payload=b"x" * 70_000)
        writer.write_rejected([first, second])
        replayed = replace(second, replayed_at=START + 50)
        writer.write_rejected([replayed])
        assert reader.rejected(RejectedQuery()) == [replayed, first]
        # Rejected again at another time, worked through again, replayed again.
        writer.write_rejected([replace(second, rejected_at=START + 60), replace(second, retained=False), second])
        assert reader.rejected(RejectedQuery()) == [replayed, first]
        later = replace(second, replayed_at=START + 90)
        both = replace(rejection("gent/c"), replayed_at=START + 91)
        writer.write_rejected([later, replace(both, replayed_at=None), both])
        assert reader.rejected(RejectedQuery()) == [both, later, first]
        assert reader.rejected(RejectedQuery(key=second.key)) == [later]

    def test_retention_deletes_rejections(self, writer: StoreWriter, reader: StoreReader) -> None:
        made = [rejection(rejected_at=START + i, offset=i) for i in range(3)]
        writer.write_rejected(made)
        assert writer.retain({}, START + 2) == 2
        assert reader.rejected(RejectedQuery()) == [made[2]]
