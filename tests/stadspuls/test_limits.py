import pytest

from stadspuls.addresses import NOBODY, counted_as, is_among
from stadspuls.errors import SettingsError, TooManyRequests
from stadspuls.limits import RateLimit
from stadspuls.settings import load_settings


def test_what_was_paid_too_much_comes_back() -> None:
    limit = RateLimit(1, lambda: 0.0, seconds=10)
    assert limit.take("a", 4) == 6
    assert limit.give_back("a", 3) == 9
    assert limit.give_back("a", 99) == limit.most == 10
    assert limit.full_in(4) == 6


def test_what_costs_more_than_a_full_bucket_takes_all_of_it() -> None:
    limit = RateLimit(1, lambda: 0.0, seconds=10)
    assert limit.take("a", 1000) == 0
    with pytest.raises(TooManyRequests) as refused:
        limit.take("a", 1000)
    assert refused.value.retry_after == 10


def test_names_are_forgotten_before_they_fill_the_memory() -> None:
    limit = RateLimit(1, lambda: 0.0, seconds=2, names=100)
    limit.take("first")
    for number in range(1000):
        limit.take(f"name-{number}")
        limit.take("busy" if number % 2 else "busier", 0.001)
    assert len(limit) == 100
    # Who is forgotten begins anew; who was heard of just now is not.
    assert limit.left("first") == 2
    assert limit.left("busy") < 2


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("127.0.0.1", None),
        ("127.8.9.1", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("unix:", NOBODY),
        ("x" * 9000, NOBODY),
    ],
)
def test_an_address_is_counted_under_a_name(host: str, name: str | None) -> None:
    assert counted_as(host) == name


def test_proxies_are_addresses_and_networks() -> None:
    proxies = "127.0.0.1, 10.0.0.0/8,2001:db8::/32"
    assert load_settings(None, http_proxies=proxies).http_proxies == proxies
    assert is_among("10.1.2.3", proxies)
    assert is_among("2001:db8::1", proxies)
    assert not is_among("11.1.2.3", proxies)
    assert not is_among("nobody", proxies)
    for wrong in ("*", "proxy.example", "10.0.0.1/8"):
        with pytest.raises(SettingsError, match="HTTP_PROXIES"):
            load_settings(None, http_proxies=wrong)
