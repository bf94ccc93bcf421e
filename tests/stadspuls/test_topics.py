"""Topic names, and the partition of a dataset, which never changes for a deployment."""

from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from stadspuls.log.topics import Topics, partition_of


def test_every_topic_hangs_below_the_prefix() -> None:
    assert Topics("proef").all() == ("proef.messages", "proef.observations", "proef.rejected", "proef.births")
    assert Topics().messages == "stadspuls.messages"


def test_a_dataset_stays_in_its_partition() -> None:
    # As first deployed: other numbers here would move the datasets of running platforms.
    assert [partition_of(name, 8) for name in ("gent/parking", "antwerpen/air-quality")] == [6, 1]


@given(st.text(), st.integers(1, 1024))
def test_the_partition_is_crc32_modulo_the_count(key: str, count: int) -> None:
    assert partition_of(key, count) == crc32(key.encode("utf-8")) % count
    assert 0 <= partition_of(key, count) < count
