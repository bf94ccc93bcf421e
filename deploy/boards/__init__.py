"""Grafana boards as code.

In: the registry. Out: boards in Dutch and English, as files for provisioning or sent to a running Grafana.
"""

from deploy.boards.board import Board
from deploy.boards.every import every_board

__all__ = ["Board", "every_board"]
