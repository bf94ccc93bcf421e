"""`python -m deploy.servers.tied PID COMMAND ...`: becomes the command, which dies when process PID does.

The kernel ties it to the thread that started it. A program of its own, because code between fork and exec is unsafe in
a process with threads, as tests with Kafka clients are.
"""

import os
import sys

from stadspuls.service import tie_to


def main() -> None:
    """Tie this process to its parent and become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if tie := tie_to(parent):
        tie()
    os.execvp(command[0], command)  # noqa: S606 - the command line is our own


if __name__ == "__main__":
    main()
