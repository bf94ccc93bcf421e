"""Only one process writes to a store: the sink, or a command that fills it in its place."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from stadspuls.errors import StoreError
from stadspuls.holding import HeldByOther, held
from stadspuls.settings import Settings

LOCK = "store.lock"


@contextmanager
def sole_writer(settings: Settings) -> Iterator[None]:
    """Be the one that writes to the store, among the processes with the same data folder.

    Raises:
        StoreError: naming the process that writes to it now.
    """
    with ExitStack() as stack:
        try:
            settings.data_dir.mkdir(parents=True, exist_ok=True)
            stack.enter_context(held(settings.data_dir / LOCK))
        except HeldByOther as error:
            raise StoreError(
                f"Process {error.text} writes to the store of {settings.data_dir}: stop the platform or its sink first"
            ) from error
        except OSError as error:
            raise StoreError(f"The data folder {settings.data_dir} cannot be written: {error.strerror}") from error
        yield
