"""Backups: one file that holds what a store holds, whatever kind of store it is.

In: a store's published log and rejections, and the city and theme files. Out: the same store again, of any kind.
A zip file: `manifest.json`, `log/<city>/<theme>` and `rejected/<number>` (frames as Kafka holds them, each behind its
length in four bytes), `registry/`.
"""

from store.backup.back_up import BackupProgress, back_up
from store.backup.manifest import Manifest
from store.backup.opened import OpenedBackup, open_backup
from store.backup.restore import restore

__all__ = ["BackupProgress", "Manifest", "OpenedBackup", "back_up", "open_backup", "restore"]
