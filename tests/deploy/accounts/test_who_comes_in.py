"""Who is let in, and that a running Mosquitto takes up every change at once."""

import gc
import socket
import ssl
import stat
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from deploy.accounts.book import AccountBook
from deploy.accounts.brokers import take_up
from deploy.accounts.certificates import make_certificates
from deploy.accounts.issuing import issue, reissue, withdraw
from ingest.frames import Ticket
from ingest.session import MqttSession
from stadspuls.keys import KeyFile
from stadspuls.mqtt_access import Role, accounts_dir, mqtt_access
from stadspuls.publisher import Publisher
from stadspuls.settings import Settings
from tests.deploy.accounts.brokers import CITIES, WAIT, Broker, World, connected, settings_in, trusting
from tests.deploy.brokers import until

REFUSED = ["Not authorized"]


class Bridge:
    """The real bridge's session on a thread of its own; everything it receives is acknowledged."""

    def __init__(self, settings: Settings) -> None:
        self.got: list[tuple[str, bytes]] = []
        self._stop = threading.Event()
        self._session = MqttSession(settings, self._receive)
        self._thread = threading.Thread(target=self._run)

    def _receive(self, topic: str, payload: bytes, _retained: bool, ticket: Ticket | None) -> None:
        self.got.append((topic, payload))
        if ticket:
            self._session.acknowledge([ticket])

    def _run(self) -> None:
        while not self._stop.is_set():
            self._session.step(0.1, read=True)

    def __enter__(self) -> "Bridge":
        self._thread.start()
        until(lambda: self._session._state.name == "UP", "the bridge's subscription", WAIT)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._session.close()

    @property
    def connection(self) -> int:
        """The number of its connection: another one whenever it connects."""
        return self._session._connection

    def hears(self, *payloads: bytes) -> bool:
        return {payload for _, payload in self.got} >= set(payloads)


def refused(settings: Settings, user: str | None, password: str | None = None, *, tls: bool = True) -> bool:
    with connected(settings, user, password, tls=tls, wait=False) as client:
        return client.answers == REFUSED


def test_nobody_comes_in_without_the_right_password(world: World) -> None:
    password = world.gent.password
    for tls in (True, False):
        assert refused(world.settings, None, tls=tls)
        assert refused(world.settings, "gent", tls=tls)
        for wrong in ("", password[:-1], password.upper(), world.aalst.password, f"{password}\n"):
            assert refused(world.settings, "gent", wrong, tls=tls)
        for user in ("", "Gent", "gent ", "gentbrugge", "#", "+", "gent:", "stadspuls-bridge"):
            assert refused(world.settings, user, password, tls=tls)
    with connected(world.settings, "gent", password):
        pass


def test_a_revoked_account_is_cut_off_and_the_others_are_left_alone(world: World) -> None:
    with (
        world.bridge() as bridge,
        connected(world.settings, "gent", world.gent.password) as gent,
        connected(world.settings, "aalst", world.aalst.password) as aalst,
    ):
        account, told = withdraw(world.settings, "gent")
        assert (account.name, told) == ("gent", True)
        until(lambda: gent.lost, "the end of its connection", WAIT)
        assert refused(world.settings, "gent", world.gent.password)
        aalst.publish("aalst/parking/P1", b"still here")
        until(lambda: bridge.got, "a message of the other", WAIT)
        assert not aalst.lost
        assert not bridge.lost
    assert [key.city for key in KeyFile(world.settings.keys_path).listed()] == ["aalst"]


def test_the_last_account_revoked_lets_nobody_in(world: World) -> None:
    for name in ("gent", "aalst"):
        withdraw(world.settings, name)
    assert refused(world.settings, None, tls=False)
    world.broker.stop()
    world.broker.start()
    assert refused(world.settings, None, tls=False)
    with world.bridge():
        pass


def test_a_new_password_cuts_off_who_has_the_old_one(world: World) -> None:
    with connected(world.settings, "gent", world.gent.password) as gent:
        new = reissue(world.settings, "gent")
        until(lambda: gent.lost, "the end of its connection", WAIT)
    assert refused(world.settings, "gent", world.gent.password)
    with connected(world.settings, "gent", new.password):
        pass
    keys = KeyFile(world.settings.keys_path)
    assert keys.known(f"Bearer {new.key}").city == "gent"
    assert len([key for key in keys.listed() if key.city == "gent"]) == 1


def test_a_new_account_comes_in_at_once_also_a_second_of_the_city(world: World) -> None:
    with connected(world.settings, "gent", world.gent.password) as gent:
        lora = issue(world.settings, "gent", "gent-lora", CITIES)
        assert lora.told
        until(lambda: not refused(world.settings, "gent-lora", lora.password), "the new account", WAIT)
        with connected(world.settings, "gent-lora", lora.password) as client:
            gent.subscribe("gent/#")
            client.publish("gent/tts/v3/x", b"up")
            until(lambda: gent.got, "what the other account of the city says", WAIT)
        assert not gent.lost


def test_nobody_gets_the_bridges_session(world: World) -> None:
    names = ["stadspuls-bridge", "stadspuls-bridge-", "stadspuls-publisher"]
    with ExitStack() as thieves, world.publisher() as publisher:
        with Bridge(world.settings) as bridge:
            publisher.publish("gent/parking/P1", b"first")
            until(lambda: bridge.hears(b"first"), "the first message", WAIT)
            connection = bridge.connection
            for name in names:
                thieves.enter_context(connected(world.settings, "gent", world.gent.password, name=name))
            publisher.publish("gent/parking/P1", b"second")
            until(lambda: bridge.hears(b"second"), "the second message", WAIT)
            assert bridge.connection == connection  # nobody has cut it off
        publisher.publish("aalst/parking/P1", b"while it was away")
        for name in names:
            with connected(world.settings, "gent", world.gent.password, name=name, clean=False) as thief:
                thief.subscribe("#")
            with connected(world.settings, "gent", world.gent.password, name=name):
                pass
        with Bridge(world.settings) as bridge:
            until(lambda: bridge.hears(b"while it was away"), "what waited", WAIT)


@contextmanager
def broker_without_accounts(folder: Path) -> Iterator[Broker]:
    broker = Broker(settings_in(folder, mqtt_tls_port=0))
    broker.settings.data_dir.mkdir()
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def test_a_running_platform_takes_up_its_first_account_and_new_passwords_of_its_own(tmp_path: Path) -> None:
    with broker_without_accounts(tmp_path / "data") as broker:
        settings, stop = broker.settings, threading.Event()
        with Bridge(settings) as bridge, Publisher(settings, "test", stop) as publisher:
            with connected(settings, None, tls=False) as anyone:
                anyone.publish("gent/parking/P1", b"anyone")
                publisher.publish("gent/parking/P1", b"ours")
                until(lambda: bridge.hears(b"anyone", b"ours"), "what everybody says", WAIT)
                gent = issue(settings, "gent", "gent", CITIES)
                until(lambda: anyone.lost, "the end of what has no account", WAIT)
            assert refused(settings, None, tls=False)

            def comes_through(payload: bytes) -> bool:
                publisher.publish("gent/parking/P1", payload)
                publisher.pump(0.1)
                return bridge.hears(payload)

            until(lambda: comes_through(b"with accounts"), "a message of ours", WAIT)
            with connected(settings, "gent", gent.password, tls=False) as client:
                client.publish("gent/parking/P1", b"of the city")
                until(lambda: bridge.hears(b"of the city"), "a message of the city", WAIT)
            for role in Role:
                before = mqtt_access(settings, role)
                AccountBook(settings).rotate_own(role)
                assert take_up(settings)
                until(lambda role=role, old=before: refused(settings, role, old.password, tls=False), "it", WAIT)  # type: ignore[misc]
                assert mqtt_access(settings, role).client_id == before.client_id
            until(lambda: comes_through(b"with new passwords"), "a message of ours", WAIT)


def handshake(settings: Settings, version: ssl.TLSVersion) -> str | None:
    """What TLS version two agree on, when a client speaks only this one."""
    context = trusting(settings)
    context.set_ciphers("ALL:@SECLEVEL=0")  # so that it is not the client that refuses
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", settings.mqtt_tls_port), timeout=WAIT) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        return connection.version()


def test_tls_is_12_or_13_and_nothing_older(world: World) -> None:
    assert handshake(world.settings, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    assert handshake(world.settings, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    # It is refused by what we write, also where the system itself would allow it.
    world.broker.start_again_with("tls_version tlsv1.2", "tls_version tlsv1.2\nciphers ALL:@SECLEVEL=0")
    for old in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
            handshake(world.settings, old)
    world.broker.start_again_with("tls_version tlsv1.2", "tls_version tlsv1.1\nciphers ALL:@SECLEVEL=0")
    assert handshake(world.settings, ssl.TLSVersion.TLSv1_1) == "TLSv1.1"


def test_a_device_without_the_ca_does_not_trust_the_broker(world: World) -> None:
    context = ssl.create_default_context()
    with (
        socket.create_connection(("127.0.0.1", world.settings.mqtt_tls_port), timeout=WAIT) as plain,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        context.wrap_socket(plain, server_hostname="localhost")


def serial(settings: Settings) -> str:
    with (
        socket.create_connection(("127.0.0.1", settings.mqtt_tls_port), timeout=WAIT) as plain,
        trusting(settings).wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        certificate = connection.getpeercert()
        assert certificate
        return str(certificate["serialNumber"])


def test_a_renewed_certificate_is_shown_at_once_to_devices_with_the_same_ca(world: World) -> None:
    before = serial(world.settings)
    with connected(world.settings, "gent", world.gent.password) as gent:
        make_certificates(world.settings, ["localhost", "127.0.0.1"], renew=True)
        assert take_up(world.settings)
        until(lambda: serial(world.settings) != before, "the new certificate", WAIT)
        assert not gent.lost


def test_our_own_clients_speak_tls_where_the_settings_say_so(world: World) -> None:
    ca = str(accounts_dir(world.settings) / "ca.pem")
    update = {"mqtt_tls": True, "mqtt_ca": ca, "mqtt_port": world.settings.mqtt_tls_port, "mqtt_tls_port": 0}
    elsewhere = world.settings.model_copy(update=update)
    sent = [b"%d" % number + b"x" * 3000 for number in range(1000)]
    with Bridge(elsewhere) as bridge, Publisher(elsewhere, "test", threading.Event()) as publisher:
        publisher.publish("gent/parking/P1", b"first")
        until(lambda: publisher.drain(1) and bridge.hears(b"first"), "a connection of both", WAIT)
        for payload in sent:
            publisher.publish("gent/parking/P1", payload)
        until(lambda: publisher.drain(1), "every acknowledgement", WAIT)
        until(lambda: bridge.hears(*sent), "every message", WAIT)


# paho leaves a connection whose handshake fails to be collected.
@pytest.mark.filterwarnings(r"ignore:unclosed <ssl\.SSLSocket:ResourceWarning")
def test_our_own_clients_do_not_speak_to_a_broker_that_they_cannot_know(world: World) -> None:
    update = {"mqtt_tls": True, "mqtt_port": world.settings.mqtt_tls_port, "mqtt_tls_port": 0}
    with Publisher(world.settings.model_copy(update=update), "test", threading.Event()) as publisher:
        publisher.pump(0.1)
        assert "certificate verify failed" in publisher._reason.lower()
        assert not publisher._connected
    gc.collect()


def test_no_secret_stands_where_others_look(world: World) -> None:
    with world.bridge(), world.publisher():
        refused(world.settings, "gent", "wrong")
        withdraw(world.settings, "aalst")
    own = [mqtt_access(world.settings, role) for role in Role]
    secrets = [world.gent.password, world.gent.key, *(access.password for access in own), own[0].client_id]
    assert world.broker.process is not None
    process = psutil.Process(world.broker.process.pid)
    shown = world.broker.log + " ".join(process.cmdline()) + (world.settings.data_dir / "keys.json").read_text()
    shown += "".join(
        f.read_text() for f in accounts_dir(world.settings).iterdir() if f.name not in ("own.json", "lock")
    )
    assert not [secret for secret in secrets if secret in shown]
    folder = accounts_dir(world.settings)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(f.stat().st_mode) for f in folder.iterdir() if f.name != "lock"} == {0o600}
