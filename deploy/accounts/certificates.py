"""A CA of our own and certificates of servers that it signs: for trying TLS out, and for servers on this machine.

What the world reaches in earnest shows a certificate that the city brings.
"""

import ipaddress
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.accounts.server_certificate import CA, SERVER
from stadspuls.errors import AccountsError
from stadspuls.mqtt_access import accounts_dir
from stadspuls.public_broker import write_secret
from stadspuls.settings import Settings

CA_KEY = "ca.key"
SERVER_DAYS = 397
"""As long as browsers and phones accept."""
CA_DAYS = 3650
_SLACK = timedelta(hours=1)
"""A device whose clock is a little behind takes a new certificate all the same."""
_HOST = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)


@dataclass(frozen=True)
class Made:
    """What was made: where the CA lies, for whom the server's certificate is, and how long it holds."""

    ca: Path
    names: tuple[str, ...]
    until: datetime


@dataclass(frozen=True)
class _Signer:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make_certificates(settings: Settings, names: Sequence[str], *, renew: bool = False) -> Made:
    """Make a server certificate for host names and addresses, and the CA that signs it where there is none yet.

    With `renew` a new server certificate takes the place of the old one; the CA stays, so devices need nothing new.

    Raises:
        AccountsError: when there is a certificate and `renew` does not say so, or a name is none.
    """
    file = accounts_dir(settings) / SERVER
    if file.exists() and not renew:
        raise AccountsError(f"there is a certificate already ({file}): --renew puts another in its place")
    until = sign_server(file, names, "Stadspuls MQTT")
    return Made((file.parent / CA).resolve(), tuple(names), until)


def sign_server(file: Path, names: Sequence[str], subject: str) -> datetime:
    """Write a new certificate of a server, its chain and its key, signed by the CA beside it; made when there is none.

    Args:
        file: what is written; `ca.pem` and `ca.key` lie in its folder.
        names: the host names and addresses of the server.
        subject: what the certificate calls it.

    Returns:
        When it expires.

    Raises:
        AccountsError: when a name is none, or the folder cannot be used.
    """
    alternatives = [_alternative(name) for name in names]
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        signer = _signer(file.parent)
        certificate, key = _server(signer, alternatives, subject)
        write_secret(file, _pem(certificate) + _pem(signer.certificate) + _key_pem(key))
    except OSError as error:
        raise AccountsError(f"{file.parent} cannot be written: {error}") from error
    return certificate.not_valid_after_utc


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        if len(name) > 253 or not _HOST.fullmatch(name):
            raise AccountsError(f"{name!r} is neither a host name nor an address") from None
        return x509.DNSName(name)


def _signer(folder: Path) -> _Signer:
    """The CA of this folder, made when there is none."""
    if not (folder / CA).exists():
        return _new_signer(folder)
    try:
        certificate = x509.load_pem_x509_certificate((folder / CA).read_bytes())
        key = serialization.load_pem_private_key((folder / CA_KEY).read_bytes(), None)
    except (OSError, ValueError) as error:
        raise AccountsError(f"the CA in {folder} cannot be used: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise AccountsError(f"the CA in {folder} cannot be used: its key is of another kind")
    return _Signer(certificate, key)


def _new_signer(folder: Path) -> _Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    # A name of its own, so that devices that know two of them tell them apart.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Stadspuls trial CA {os.urandom(4).hex()}")])
    usage = _usage(key_cert_sign=True, crl_sign=True)
    certificate = (
        _builder(name, name, key.public_key(), CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    write_secret(folder / CA_KEY, _key_pem(key))
    write_secret(folder / CA, _pem(certificate))
    return _Signer(certificate, key)


def _server(
    signer: _Signer, names: Sequence[x509.GeneralName], subject: str
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key())
    certificate = (
        _builder(name, signer.certificate.subject, key.public_key(), SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(issuer_key, critical=False)
        .sign(signer.key, hashes.SHA256())
    )
    return certificate, key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLACK)
        .not_valid_after(now - _SLACK + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
