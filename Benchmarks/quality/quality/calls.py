"""Calls to the server: what each path is dialled as, set up together, played together, ended together."""

import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from harness.call import Call
from harness.server import Server
from harness.sound import read_wav
from harness.telephone import Telephone

from .codecs import Codec
from .hearing import Hearing, hearing
from .network import Network
from .player import Leg, disturbed, packets_of, play

LEGS = {"echo": 1, "record": 1, "room": 3}


@dataclass
class Job:
    """One measured call (or, in a room, three calls)."""
    path: str                    # echo, record or room
    cell: str
    network: Network
    talker: str
    seed: tuple[int, ...]
    sound: np.ndarray            # what is said through the network
    side: str = "main"           # which server: main or against
    other: np.ndarray | None = None  # room: what another says at the same time over a good network
    strict: bool = False         # whether no packet at all may leave late
    attempts: int = 0
    # What became of it:
    legs: list[Leg] = field(default_factory=list, repr=False)
    heard: Hearing | None = field(default=None, repr=False)           # echo; room: what the other hears of the talker
    heard_other: Hearing | None = field(default=None, repr=False)     # room: what the talker hears of the other
    recording: np.ndarray | None = field(default=None, repr=False)
    left: np.ndarray | None = field(default=None, repr=False)  # when each packet was to leave, s after `begin`; NaN: lost
    begin: float = 0.0
    reports: list[bytes] = field(default_factory=list, repr=False)
    fault: str = ""
    disturbed: bool = False
    lateness: np.ndarray = field(default_factory=lambda: np.zeros(0), repr=False)  # s, of each packet of ours


class Side:
    """A server of ours and its telephone."""

    def __init__(self, name: str, binary: Path | None, folder: Path, number: int):
        self.name = name
        if binary:
            os.environ["ANTIPHON"] = str(binary)
        low = 24000 + 4000 * number
        self.server = Server(folder, media=(low, low + 3999)).start()
        self.room = 0

    def stop(self) -> None:
        self.server.stop()

    def recordings(self) -> dict[str, Path]:
        """By Call-ID, from the log of the scenario."""
        text = self.server.log.read_text(errors="replace")
        lines = re.finditer(r" id=(\S+) scenario=record .*recorded \S+ to (\S+)$", text, re.MULTILINE)
        return {found[1]: Path(found[2]) for found in lines}


def batch(jobs: list[Job], sides: dict[str, Side], codec: Codec) -> np.ndarray:
    """Runs the jobs at the same time; they are filled in. The lateness of all that was sent, in seconds."""
    telephones = {name: Telephone(side.server.endpoint()) for name, side in sides.items()}
    calls: list[tuple[Job, list[Call]]] = []
    try:
        for job in jobs:
            side = sides[job.side]
            job.legs, job.fault = [Leg() for _ in range(LEGS[job.path])], ""
            side.room = side.room % 800 + 1
            number = {"echo": "600", "record": "603", "room": f"{3000 + side.room}"}[job.path]
            own = [Call(telephones[job.side], number, party=leg) for leg in job.legs]
            calls.append((job, own))
            for call in own:
                call.invite(**codec.offer)
        for job, own in calls:
            try:
                for call in own:
                    response = call.final()
                    assert response.status == 200, f"{call.number} answered {response.start}"
            except AssertionError as error:
                job.fault = str(error)[:200]
            if not job.fault:
                _plan(job, codec)
        ready = [job for job in jobs if not job.fault]
        legs = [leg for job in ready for leg in job.legs]
        if legs:
            play(legs)
        for job in ready:
            heard = [leg.packets() for leg in job.legs]
            job.disturbed = any(disturbed(leg, job.strict) for leg in job.legs)
            job.lateness = np.concatenate([leg.lateness for leg in job.legs])
            job.begin = job.legs[0].begin
            job.reports = [report for leg in job.legs for report in leg.reports]
            if job.path == "echo":
                job.heard = hearing(heard[0], codec) if heard[0] else None
            if job.path == "room":
                job.heard_other, job.heard = (hearing(each, codec) if each else None for each in heard[:2])
        _hang_up(calls)
        _collect([(job, own[0]) for job, own in calls if job.path == "record" and not job.fault], sides)
        return np.concatenate([leg.lateness for leg in legs]) if legs else np.zeros(0)
    finally:
        for telephone in telephones.values():
            telephone.close()
        for job in jobs:
            job.legs = []


def _plan(job: Job, codec: Codec) -> None:
    """What each leg sends: the talker through the bad network, the others through a good one."""
    for number, leg in enumerate(job.legs):
        said = job.sound if number == 0 else job.other if number == 1 else None
        if said is None:
            said = np.random.default_rng([*job.seed, 9]).normal(0, 8, len(job.sound)).astype(np.int16)
        packets = packets_of(_payloads(said, codec), codec, np.random.default_rng([*job.seed, 5, number]))
        times = np.arange(len(packets)) * 0.02
        network = job.network if number == 0 else Network()
        leg.events = [(at, packets[index]) for at, index in network.shape(times, job.seed)]
        if number == 0:
            job.left = np.full(len(packets), np.nan)
            for at, index in reversed(network.shape(times, job.seed)):
                job.left[index] = at


_coded: dict[tuple[str, int], tuple[np.ndarray, list[bytes]]] = {}


def _payloads(sound: np.ndarray, codec: Codec) -> list[bytes]:
    """Coded once for all calls that say the same: kept with the array, whose place in memory so stays its own."""
    key = (codec.name, id(sound))
    if key not in _coded:
        if len(_coded) > 200:
            _coded.clear()
        _coded[key] = (sound, codec.encode(sound))
    return _coded[key][1]


def _hang_up(calls: list[tuple[Job, list[Call]]]) -> None:
    """All at once; then the answers are awaited."""
    for _, own in calls:
        for call in own:
            if call.to_tag and not call.over:
                call.telephone.send(call.request("BYE"))
    for job, own in calls:
        for call in own:
            if call.to_tag and not call.over:
                call.over = True
                try:
                    call.wait_status(200, 699, "BYE")
                except AssertionError as error:
                    job.fault = job.fault or str(error)[:200]


def _collect(waiting: list[tuple[Job, Call]], sides: dict[str, Side], timeout: float = 6.0) -> None:
    end = time.monotonic() + timeout
    while waiting and time.monotonic() < end:
        left = []
        paths = {name: side.recordings() for name, side in sides.items()}
        for job, call in waiting:
            try:
                job.recording = read_wav(paths[job.side][call.call_id]).samples
            except (KeyError, OSError, ValueError):
                left.append((job, call))
        waiting = left
        if waiting:
            time.sleep(0.1)
    for job, _ in waiting:
        job.fault = "no recording"
