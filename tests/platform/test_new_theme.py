from stadspuls.clock import now_us, rfc3339
from tests.platform.running import Platform, eventually


def test_a_new_theme_is_one_file_and_an_entry_in_a_city(platform: Platform) -> None:
    observed = rfc3339(now_us())
    platform.publish([("kortrijk/noise/N1", {"time": observed, "LAeq": 61.5})])
    [observation] = eventually(lambda: platform.latest("kortrijk/noise"))
    assert observation["property"] == "LAeq"
    assert observation["value"] == 61.5
    assert observation["unit"] == "dB"
    assert observation["observedAt"] == observed
    assert observation["origin"] == "measured"
    assert eventually(lambda: platform.history("kortrijk/noise"))[0]["value"] == 61.5
