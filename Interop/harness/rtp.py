"""RTP under exact control: what is sent is a list of packets with their times, and a fault is a change of that list."""

import random
import select
import socket
import struct
import threading
import time
from dataclasses import dataclass, field, replace

import numpy as np

from . import g711
from .ports import client_ports

EVENTS = "0123456789*#ABCD"


@dataclass(frozen=True)
class Packet:
    at: float            # seconds after the stream's begin
    sequence: int
    timestamp: int
    payload: bytes
    payload_type: int = 0
    marker: bool = False
    ssrc: int = 0

    def encode(self) -> bytes:
        return struct.pack("!BBHII", 0x80, self.payload_type | (0x80 if self.marker else 0), self.sequence & 0xFFFF,
                           self.timestamp & 0xFFFFFFFF, self.ssrc) + self.payload

    @staticmethod
    def decode(data: bytes, at: float) -> "Packet | None":
        if len(data) < 12 or data[0] >> 6 != 2:
            return None
        count, extended, padded = data[0] & 15, data[0] & 0x10, data[0] & 0x20
        begin, end = 12 + 4 * count, len(data)
        if extended:
            begin += 4 + 4 * struct.unpack_from("!H", data, begin + 2)[0]
        if padded:
            end -= data[-1]
        second, sequence, timestamp, ssrc = struct.unpack_from("!xBHII", data)
        return Packet(at, sequence, timestamp, data[begin:end], second & 0x7F, bool(second & 0x80), ssrc)


class Script:
    """Builds what one caller sends. Time runs on with each piece, whatever is later lost."""

    def __init__(self, ssrc: int | None = None, sequence: int | None = None, timestamp: int | None = None,
                 payload_type: int = g711.PCMU, event_type: int = 101, ptime: int = 20):
        self.ssrc = random.getrandbits(32) if ssrc is None else ssrc
        self.sequence = random.getrandbits(16) if sequence is None else sequence
        self.timestamp = random.getrandbits(32) if timestamp is None else timestamp
        self.payload_type, self.event_type, self.ptime = payload_type, event_type, ptime
        self.clock = 0.0
        self.packets: list[Packet] = []
        self.fresh = True

    def _add(self, payload: bytes, payload_type: int, timestamp: int, marker: bool, at: float) -> None:
        self.packets.append(Packet(at, self.sequence & 0xFFFF, timestamp & 0xFFFFFFFF, payload, payload_type, marker, self.ssrc))
        self.sequence += 1

    def audio(self, samples: np.ndarray) -> "Script":
        size = self.ptime * 8
        for begin in range(0, len(samples) - size + 1, size):
            self._add(g711.encode(samples[begin : begin + size], self.payload_type), self.payload_type, self.timestamp, self.fresh,
                      self.clock)
            self.fresh = False
            self.timestamp += size
            self.clock += self.ptime / 1000
        return self

    def silence(self, seconds: float) -> "Script":
        return self.audio(np.zeros(int(seconds * 8000), dtype=np.int16))

    def pause(self, seconds: float) -> "Script":
        """Sends nothing for a while, as with silence suppression."""
        self.timestamp += int(seconds * 8000)
        self.clock += seconds
        self.fresh = True
        return self

    def digits(self, text: str, hold: float = 0.1, gap: float = 0.1, **fault) -> "Script":
        for key in text:
            self.digit(key, hold, **fault)
            self.silence(gap)
        return self

    def digit(self, key: str, hold: float = 0.1, lose_start: int = 0, lose_end: bool = False, ends: int = 3,
              odd: int = 0) -> "Script":
        """An RFC 4733 event. `lose_start` packets never leave, `lose_end` drops every end packet, `ends` is how often the end is said."""
        step = self.ptime * 8
        count = max(1, round(hold * 1000 / self.ptime))
        begin = self.timestamp
        for index in range(1, count + 1):
            payload = struct.pack("!BBH", EVENTS.index(key), 10, min(0xFFFF, index * step + odd))
            lost = index <= lose_start
            if lost:
                self.sequence += 1
            else:
                self._add(payload, self.event_type, begin, index == 1, self.clock)
            self.clock += self.ptime / 1000
        for _ in range(ends):
            payload = struct.pack("!BBH", EVENTS.index(key), 0x80 | 10, min(0xFFFF, count * step + odd))
            if lose_end:
                self.sequence += 1
            else:
                self._add(payload, self.event_type, begin, False, self.clock)
        self.timestamp += count * step
        self.fresh = True
        return self


def lose(packets: list[Packet], chosen) -> list[Packet]:
    chosen = set(chosen)
    return [packet for index, packet in enumerate(packets) if index not in chosen]


def duplicate(packets: list[Packet], every: int) -> list[Packet]:
    return [copy for index, packet in enumerate(packets) for copy in ([packet, packet] if index % every == 0 else [packet])]


def reorder(packets: list[Packet], every: int) -> list[Packet]:
    """Each `every`-th packet changes place (and time) with the next."""
    result = list(packets)
    for index in range(every, len(result) - 1, every):
        first, second = result[index], result[index + 1]
        result[index], result[index + 1] = replace(second, at=first.at), replace(first, at=second.at)
    return result


@dataclass
class Heard:
    """What a stream of received packets sounds like: by timestamp, gaps as silence.

    `gaps` are samples that never came; `stalls` those of a time in which the sender's machine stood still: the next packet in
    sequence came that much later, so nothing is lost and the time line is kept (a server that shares its cores cannot do more)."""
    samples: np.ndarray
    first_arrival: float
    gaps: int
    packets: list[Packet] = field(repr=False)
    stalls: int = 0
    steady: np.ndarray = field(repr=False, default=None)
    """The longest part of `samples` without a stall: what is to be compared with the original."""


class RTPParty:
    """One RTP and one RTCP socket with a thread that plays a script on time and notes all that arrives."""

    def __init__(self, host: str = "127.0.0.1"):
        self.host = host
        self.rtp, self.rtcp = self._pair(host)
        self.port = self.rtp.getsockname()[1]
        self.received: list[Packet] = []
        self.sources: list[tuple[str, int]] = []
        self.reports: list[tuple[float, bytes]] = []
        self.remote: tuple[str, int] | None = None
        self.sent: list[tuple[float, Packet]] = []
        self.marks: set[int] = set()  # DSCP of what arrived
        self._queue: list[Packet] = []
        self._origin = 0.0
        self._lock = threading.Condition()
        self._stop = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @staticmethod
    def _pair(host: str) -> tuple[socket.socket, socket.socket]:
        for _ in range(200):
            port = client_ports(2)
            first, second = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
            try:
                first.bind((host, port))
                second.bind((host, port + 1))
                first.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
                first.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
                return first, second
            except OSError:
                first.close()
                second.close()
        raise RuntimeError("no free pair of UDP ports")

    def play(self, packets: list[Packet]) -> None:
        """Starts the script now, towards `remote`; replaces what was still to be sent."""
        with self._lock:
            self._queue = sorted(packets, key=lambda packet: packet.at)
            self._origin = time.monotonic()

    @property
    def finished(self) -> bool:
        with self._lock:
            return not self._queue

    def wait_played(self, timeout: float) -> None:
        end = time.monotonic() + timeout
        while not self.finished:
            if time.monotonic() > end:
                raise TimeoutError(f"the script was not played within {timeout} s")
            time.sleep(0.01)

    def silence_forever(self) -> None:
        with self._lock:
            self._queue = []

    def _run(self) -> None:
        while not self._stop:
            with self._lock:
                now = time.monotonic()
                due = []
                while self._queue and self._origin + self._queue[0].at <= now:
                    due.append(self._queue.pop(0))
                wait = min(0.05, max(0.0, self._origin + self._queue[0].at - now)) if self._queue else 0.02
                remote = self.remote
                if remote:
                    self.sent.extend((now, packet) for packet in due)
            if remote:
                for packet in due:
                    try:
                        self.rtp.sendto(packet.encode(), remote)
                    except OSError:
                        pass
            try:
                ready, _, _ = select.select([self.rtp, self.rtcp], [], [], wait)
            except (OSError, ValueError):
                return
            for chosen in ready:
                try:
                    data, extra, _, source = chosen.recvmsg(4096, 64)
                except OSError:
                    continue
                arrival = time.monotonic()
                with self._lock:
                    if chosen is self.rtcp or (len(data) > 1 and 192 <= data[1] <= 223):
                        self.reports.append((arrival, data))
                    elif packet := Packet.decode(data, arrival):
                        self.received.append(packet)
                        self.sources.append(source)
                        self.marks |= {value[0] >> 2 for level, kind, value in extra if (level, kind) == (socket.IPPROTO_IP, socket.IP_TOS)}
                    self._lock.notify_all()

    def wait_packets(self, count: int, timeout: float) -> None:
        with self._lock:
            if not self._lock.wait_for(lambda: len(self.received) >= count, timeout):
                raise TimeoutError(f"{len(self.received)} of {count} RTP packets within {timeout} s")

    def wait_reports(self, count: int, timeout: float) -> None:
        with self._lock:
            if not self._lock.wait_for(lambda: len(self.reports) >= count, timeout):
                raise TimeoutError(f"{len(self.reports)} of {count} RTCP packets within {timeout} s")

    def count(self) -> int:
        with self._lock:
            return len(self.received)

    def heard(self, since: int = 0) -> Heard:
        with self._lock:
            packets = list(self.received[since:])
        return assemble(packets)

    def close(self) -> None:
        self._stop = True
        self._thread.join(2)
        self.rtp.close()
        self.rtcp.close()


def assemble(packets: list[Packet]) -> Heard:
    voice = [packet for packet in packets if packet.payload_type in (g711.PCMU, g711.PCMA) and packet.payload]
    if not voice:
        return Heard(np.zeros(0, dtype=np.int16), 0.0, 0, [], 0, np.zeros(0, dtype=np.int16))
    pieces, position, stalls, breaks, last = [], 0, 0, [], None
    base = 0
    for packet in voice:
        if last is None or packet.ssrc != last.ssrc:
            base = position
            first = packet.timestamp
        begin = base + ((packet.timestamp - first + 0x80000000) & 0xFFFFFFFF) - 0x80000000
        if last is not None and packet.ssrc == last.ssrc and packet.sequence == (last.sequence + 1) & 0xFFFF and begin > position:
            if (packet.at - last.at) * 8000 > (begin - position) * 0.8:
                stalls += begin - position
                breaks.append(begin)
        pieces.append((begin, g711.decode(packet.payload, packet.payload_type)))
        position = max(position, begin + len(packet.payload))
        last = packet
    if position > 8000 * 600:
        raise AssertionError(f"the timestamps received span {position / 8000:.0f} s")
    samples = np.zeros(max(0, position), dtype=np.int16)
    covered = np.zeros(max(0, position), dtype=bool)
    for begin, piece in pieces:
        if begin >= 0:
            samples[begin : begin + len(piece)] = piece
            covered[begin : begin + len(piece)] = True
    bounds = [0, *breaks, len(samples)]
    begin, end = max(zip(bounds, bounds[1:]), key=lambda part: part[1] - part[0])
    return Heard(samples, voice[0].at, int((~covered).sum()) - stalls, voice, stalls, samples[begin:end])
