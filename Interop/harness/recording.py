"""What was said against what was stored, sample for sample."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import g711
from .rtp import Packet
from .sound import WAV, find_exact, read_wav


@dataclass
class Match:
    begin: int       # the sample of what was said that the first exact sample of the recording is
    lead: int        # samples of the recording before it
    count: int       # samples that are the same, one after the other
    rest: np.ndarray


def as_heard(packets: list[Packet]) -> np.ndarray:
    """The audio of a script as G.711 leaves it: what a lossless recorder must have stored."""
    voice = [packet for packet in packets if packet.payload_type in (g711.PCMU, g711.PCMA)]
    return np.concatenate([g711.decode(packet.payload, packet.payload_type) for packet in voice])


def match(stored: np.ndarray, said: np.ndarray, probe: int = 160) -> Match | None:
    """Aligns a recording with what was said; None if no 20 ms of it occur there."""
    for lead in range(0, max(1, min(len(stored) - probe, 8000)), 80):
        part = stored[lead : lead + probe]
        if len(part) < probe or not part.any():
            continue
        begin = find_exact(part, said)
        if begin < 0:
            continue
        while lead > 0 and begin > 0 and stored[lead - 1] == said[begin - 1]:
            lead, begin = lead - 1, begin - 1
        length = min(len(stored) - lead, len(said) - begin)
        differ = np.flatnonzero(stored[lead : lead + length] != said[begin : begin + length])
        count = int(differ[0]) if len(differ) else length
        return Match(begin, lead, count, stored[lead + count :])
    return None


def files(folder: Path) -> set[Path]:
    return set(folder.rglob("*.wav")) if folder.exists() else set()


def new_recording(folder: Path, before: set[Path], timeout: float = 6.0) -> tuple[Path, WAV]:
    """Waits until one finished file is there that was not before."""
    end = time.monotonic() + timeout
    while True:
        fresh = sorted(files(folder) - before)
        if len(fresh) == 1:
            try:
                return fresh[0], read_wav(fresh[0])
            except ValueError:
                if time.monotonic() > end:
                    raise
        if time.monotonic() > end:
            raise AssertionError(f"{len(fresh)} new recordings in {folder}: {[path.name for path in fresh]}")
        time.sleep(0.1)
