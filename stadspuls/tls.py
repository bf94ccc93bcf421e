"""TLS of our own clients: whom they trust, and in plain words why they do not."""

import ssl
from collections.abc import Iterator

from stadspuls.errors import SettingsError
from stadspuls.settings import PREFIX, Settings

_MISMATCH = (62, 64)
"""OpenSSL's numbers for a certificate that is for other host names, or other addresses."""
_EXPIRED = 10
_ADDRESSES = {"kafka": "BOOTSTRAP", "mqtt": "HOST"}
"""How the setting ends that says where a server is; `URL` for the others."""


def client_context(settings: Settings, server: str) -> ssl.SSLContext:
    """What a client trusts and shows: `<server>_ca`, and where there are such `<server>_cert` and `_key`.

    Args:
        settings: name the files.
        server: how the settings of that server begin: `kafka`, `influx`, `mqtt`.

    Raises:
        SettingsError: when a file cannot be used.
    """
    authority = getattr(settings, f"{server}_ca")
    certificate = getattr(settings, f"{server}_cert", "")
    try:
        context = ssl.create_default_context(cafile=authority or None)
    except OSError as error:
        raise SettingsError(f"{PREFIX}{server.upper()}_CA: {authority} cannot be used: {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate:
        try:
            context.load_cert_chain(certificate, getattr(settings, f"{server}_key"))
        except OSError as error:
            raise SettingsError(f"{PREFIX}{server.upper()}_CERT: {certificate} cannot be used: {error}") from error
    return context


def distrust(error: BaseException, settings: Settings, server: str) -> str | None:
    """Why TLS did not come about, with the setting that cures it; None when TLS is not the reason.

    Args:
        error: what a client ended with; its causes are looked at, too.
        settings: of that client.
        server: as in `client_context`.
    """
    found = next((one for one in _causes(error) if isinstance(one, ssl.SSLError)), None)
    if found is None:
        return None
    name = f"{PREFIX}{server.upper()}"
    if not isinstance(found, ssl.SSLCertVerificationError):
        return _refused(found, name)
    if found.verify_code in _MISMATCH:
        address = f"{name}_{_ADDRESSES.get(server, 'URL')}"
        return f"its certificate is for another name: {address} must give one that stands in it"
    if found.verify_code == _EXPIRED:
        return "its certificate has expired"
    trusted = getattr(settings, f"{server}_ca") or "those the system trusts"
    return f"its certificate is of another CA: {name}_CA ({trusted}) must name the one that has signed it"


def _refused(error: ssl.SSLError, name: str) -> str:
    """What the other side did."""
    reason = (error.reason or "").lower().replace("_", " ")
    if "certificate required" in reason or "handshake failure" in reason or "bad certificate" in reason:
        return f"it wants a certificate of its clients, and one that it trusts: {name}_CERT and _KEY"
    return f"it does not speak TLS as we do there ({reason or error})"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what led to it; urllib3 keeps that as `reason`, aiohttp and others as an argument."""
    seen: list[BaseException | None] = [error]
    for one in seen:
        if one is None or len(seen) > 50:
            continue
        yield one
        inner = [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
        seen.extend(each for each in inner if isinstance(each, BaseException) and each not in seen)
