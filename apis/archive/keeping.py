"""How far each dataset's log is worked through, kept on disk so that nothing is read twice."""

from pathlib import Path

import msgspec

from apis.archive.cutting import Progress
from stadspuls.files import EVERYBODY_READS, sync_folder, write_whole
from stadspuls.logs import get_logger

NAME = "progress.json"


def read_progress(folder: Path) -> Progress:
    """What was kept; from the very beginning when there is nothing, or nothing that can be read."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=Progress)
    except FileNotFoundError:
        pass
    except (OSError, msgspec.MsgspecError) as error:
        # It only saves work: files that are there are not written again.
        get_logger().warning("the archive's progress cannot be read; the log is worked anew", why=str(error))
    return Progress()


def keep_progress(folder: Path, progress: Progress) -> None:
    """Replace it; when this returns, it is on the disk.

    Raises:
        OSError: when the disk does not take it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / NAME, msgspec.json.encode(progress), EVERYBODY_READS)
    sync_folder(folder)
