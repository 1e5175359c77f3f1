"""Disks that are full."""

import os
from pathlib import Path


def fill(folder: Path, room: int = 0) -> Path:
    """Fills the file system that a folder is on but for `room` octets, by a file that may be deleted again."""
    filler = folder / "filler"
    free = os.statvfs(folder)
    with filler.open("wb", buffering=0) as file:
        try:
            for _ in range((free.f_bfree * free.f_frsize - room) // 4096 if room else 1 << 20):
                file.write(bytes(4096))
        except OSError:
            pass
    return filler
