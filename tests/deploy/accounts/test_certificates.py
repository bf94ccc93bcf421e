"""Certificates for trying out: for whom, for how long, and never over one that is there."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from deploy.accounts.certificates import SERVER_DAYS, make_certificates
from stadspuls.errors import AccountsError
from stadspuls.mqtt_access import accounts_dir
from stadspuls.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(None, data_dir=tmp_path)


def read(settings: Settings, name: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates((accounts_dir(settings) / name).read_bytes())


def test_the_servers_certificate_is_for_its_names_and_signed_by_the_ca(settings: Settings) -> None:
    made = make_certificates(settings, ["mqtt.gent.example", "192.0.2.7", "::1"])
    (ca,) = read(settings, "ca.pem")
    server, chained = read(settings, "server.pem")
    assert chained == ca
    server.verify_directly_issued_by(ca)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["mqtt.gent.example"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.7", "::1"]
    assert made.names == ("mqtt.gent.example", "192.0.2.7", "::1")
    assert made.until == server.not_valid_after_utc
    assert server.not_valid_after_utc - server.not_valid_before_utc == timedelta(days=SERVER_DAYS)
    for certificate, is_ca in ((ca, True), (server, False)):
        key = certificate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert key.curve.name == "secp256r1"
        assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is is_ca
    assert {stat.S_IMODE(file.stat().st_mode) for file in accounts_dir(settings).iterdir()} == {0o600}
    assert stat.S_IMODE(accounts_dir(settings).stat().st_mode) == 0o700


def test_what_is_there_stays_until_it_is_renewed_and_then_the_ca_does(settings: Settings) -> None:
    make_certificates(settings, ["localhost"])
    (ca,), before = read(settings, "ca.pem"), read(settings, "server.pem")
    with pytest.raises(AccountsError, match="--renew"):
        make_certificates(settings, ["localhost"])
    assert read(settings, "server.pem") == before
    make_certificates(settings, ["localhost"], renew=True)
    assert read(settings, "ca.pem") == [ca]
    assert read(settings, "server.pem")[0].serial_number != before[0].serial_number


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "-a", "a..b", "gent.example\n", "https://gent.example", "x" * 254, "é"]
)
def test_what_is_no_name_of_a_host_is_told(settings: Settings, name: str) -> None:
    with pytest.raises(AccountsError, match="neither a host name nor an address"):
        make_certificates(settings, [name])
    assert not accounts_dir(settings).exists()


def test_a_ca_that_cannot_be_read_is_told_and_left(settings: Settings) -> None:
    make_certificates(settings, ["localhost"])
    (accounts_dir(settings) / "ca.key").write_text("x")
    with pytest.raises(AccountsError, match=r"the CA in .* cannot be used"):
        make_certificates(settings, ["localhost"], renew=True)
    assert (accounts_dir(settings) / "ca.key").read_text() == "x"
