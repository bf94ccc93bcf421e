"""The data folder: writable, and of one platform at a time."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from stadspuls.errors import LogError, StartError
from stadspuls.holding import HeldByOther, held, said_by_holder
from stadspuls.settings import Settings

LOCK = "stadspuls.lock"
KAFKA_ADDRESS = "kafka.address"
METRICS = "metrics"
_NOT_FOR_OTHERS = 0o027
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it, readable by nobody else
"""Where Linux keeps files in memory."""


def shut_out_others() -> None:
    """Make whatever this process and its children write unreadable for other users of the machine.

    Raw messages and device ids are among it. A group may read: in containers Grafana is another user of the same one.
    """
    os.umask(os.umask(_NOT_FOR_OTHERS) | _NOT_FOR_OTHERS)


@contextmanager
def claimed(data_dir: Path) -> Iterator[Path]:
    """Make the folder when it is missing and hold it for this process; the kernel lets go whatever ends it.

    Raises:
        StartError: when it cannot be written, or another platform runs on it.
    """
    with ExitStack() as stack:
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
            stack.enter_context(held(data_dir / LOCK))
        except HeldByOther as error:
            raise StartError(
                f"Stadspuls already runs on {data_dir} (pid {error.text}): stop it (kill {error.text}) "
                "or choose another data folder with STADSPULS_DATA_DIR"
            ) from error
        except OSError as error:
            raise StartError(
                f"The data folder {data_dir} cannot be written ({error.strerror}): "
                "choose another with STADSPULS_DATA_DIR"
            ) from error
        yield data_dir


@contextmanager
def announced_kafka(data_dir: Path) -> Iterator[Callable[[str], None]]:
    """Lets the in-memory Kafka say where it listens, to commands that look into a running platform.

    Raises:
        StartError: when another one runs on the same folder.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    file = data_dir / KAFKA_ADDRESS
    with ExitStack() as stack:
        try:
            holding = stack.enter_context(held(file))
        except HeldByOther as error:
            raise StartError(f"An in-memory Kafka already runs on {data_dir} ({error.text})") from error
        stack.callback(file.unlink, missing_ok=True)
        yield holding.say


def with_running_kafka(settings: Settings) -> Settings:
    """The settings with the address of the embedded Kafka, where they name none.

    Raises:
        LogError: when the embedded platform does not run.
    """
    if settings.kafka_bootstrap:
        return settings
    address = said_by_holder(settings.data_dir / KAFKA_ADDRESS)
    if not address or ":" not in address:
        raise LogError(f"No platform runs on {settings.data_dir}: its Kafka lives in memory, and only meanwhile")
    return settings.model_copy(update={"kafka_bootstrap": address})


@contextmanager
def shared_metrics(data_dir: Path) -> Iterator[Path]:
    """The folder in which the processes share their metrics, for as long as they run."""
    folder = emptied_metrics(data_dir)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def emptied_metrics(data_dir: Path) -> Path:
    """The folder in which the processes share their metrics, without those of an earlier run.

    In memory where that can be: the files are mapped, and a process that touches a new page of a mapped file on a full
    disk is killed by the kernel, with no error to catch.
    """
    folder = data_dir / METRICS
    if os.access(MEMORY, os.W_OK):
        own = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:16]
        folder = MEMORY / f"stadspuls-{os.getuid()}-{own}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder
