"""Many callers' packets sent on time by one thread, and what comes back with the kernel's arrival times."""

import contextlib
import gc
import os
import select
import socket
import struct
import time

import numpy as np

from harness.rtp import Packet, RTPParty

from .codecs import Codec

SO_TIMESTAMPNS = 35
LATE = 0.002          # s: a packet that leaves later than this after its time was not sent as the network's plan says
READ_EVERY = 0.004


def packets_of(payloads: list[bytes], codec: Codec, rng: np.random.Generator) -> list[bytes]:
    """RTP packets as bytes, with a beginning drawn as RFC 3550 §5.1 asks for."""
    sequence, timestamp, ssrc = int(rng.integers(1 << 16)), int(rng.integers(1 << 32)), int(rng.integers(1, 1 << 32))
    step = codec.frame * codec.clock // codec.rate
    return [Packet(0, sequence + index, timestamp + index * step, payload, codec.payload_type, index == 0, ssrc).encode()
            for index, payload in enumerate(payloads)]


class Leg:
    """The media side of one call, in place of a harness.rtp.RTPParty: it has no thread, `play` serves them all."""

    def __init__(self):
        self.rtp, self.rtcp = RTPParty._pair("127.0.0.1")
        for each in (self.rtp, self.rtcp):
            each.setblocking(False)
        self.rtp.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.port = self.rtp.getsockname()[1]
        self.remote: tuple[str, int] | None = None
        self.events: list[tuple[float, bytes]] = []  # seconds after the begin, and what is sent then
        self.begin = 0.0                             # monotonic
        self.arrived: list[tuple[float, bytes]] = []
        self.reports: list[bytes] = []
        self.lateness = np.zeros(0)                  # s, of each event

    def read(self, offset: float) -> None:
        try:
            while True:
                data, extra, _, _ = self.rtp.recvmsg(2048, 64)
                at = time.monotonic()
                for level, kind, value in extra:
                    if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
                        seconds, nanoseconds = struct.unpack("qq", value[:16])
                        at = seconds + nanoseconds * 1e-9 - offset
                self.arrived.append((at, data))
        except OSError:
            pass

    def packets(self) -> list[Packet]:
        """What came since the begin of `play`."""
        made = (Packet.decode(data, at) for at, data in self.arrived if len(data) > 1 and not 192 <= data[1] <= 223)
        return [packet for packet in made if packet]

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()


@contextlib.contextmanager
def foremost():
    """This process before all others, where that is permitted (root): it takes a few per cent of a core, and must have them on time. All
    of its threads: one that is not would be made to wait while it holds the interpreter's lock, and the sender with it."""
    threads = [int(name) for name in os.listdir("/proc/self/task")]
    try:
        for thread in threads:
            os.sched_setscheduler(thread, os.SCHED_FIFO, os.sched_param(10))
    except OSError:
        pass
    try:
        yield
    finally:
        for thread in threads:
            with contextlib.suppress(OSError):
                os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))


def play(legs: list[Leg], after: float = 0.4) -> None:
    """Sends all events of all legs and listens until `after` seconds after the last. The legs begin spread over 20 ms."""
    offset = time.time() - time.monotonic()
    for leg in legs:
        leg.read(offset)
        leg.arrived.clear()
        leg.rtp.connect(leg.remote)
        leg.lateness = np.zeros(len(leg.events))
    gc.collect()
    spread = 0.02 / max(len(legs), 1)
    plan = sorted((number * spread + at, number, index) for number, leg in enumerate(legs) for index, (at, _) in enumerate(leg.events))
    readers = select.epoll()
    by_number = {}
    for leg in legs:
        for each in (leg.rtp, leg.rtcp):
            readers.register(each, select.EPOLLIN)
            by_number[each.fileno()] = (leg, each)
    gc.disable()
    try:
        with foremost():
            begin = time.monotonic() + 0.02
            for number, leg in enumerate(legs):
                leg.begin = begin + number * spread
            _run(legs, plan, begin, after, readers, by_number, offset)
    finally:
        gc.enable()
        readers.close()
    for leg in legs:
        leg.read(offset)


def _run(legs: list[Leg], plan: list[tuple[float, int, int]], begin: float, after: float, readers: select.epoll, by_number: dict,
         offset: float) -> None:
    """`plan`: seconds after `begin`, leg and event of each packet, in order."""
    monotonic, sleep, at, count = time.monotonic, time.sleep, 0, len(plan)
    read, reading, end = 0.0, [], (plan[-1][0] if plan else 0.0) + after
    while True:
        now = monotonic() - begin
        while at < count and plan[at][0] <= now:
            due, number, index = plan[at]
            leg = legs[number]
            try:
                leg.rtp.send(leg.events[index][1])
            except OSError:
                pass  # the server is gone: what is not heard tells it
            now = monotonic() - begin
            leg.lateness[index] = now - due
            at += 1
        if now >= end:
            return
        following = plan[at][0] if at < count else end
        # Reading has time: the kernel notes when a packet came. One socket, then what is due is looked at again.
        if not reading and now - read >= READ_EVERY:
            read, reading = now, readers.poll(0)
        if reading and following - now > 0.0001:
            leg, each = by_number[reading.pop()[0]]
            if each is leg.rtp:
                leg.read(offset)
            else:
                try:
                    leg.reports.append(each.recv(2048))
                except OSError:
                    pass
            continue
        sleep(max(0.0, min(following - now, 0.001)))


def pacing(lateness: np.ndarray) -> dict[str, float]:
    """In ms: how late packets left."""
    if not len(lateness):
        return {"packets": 0, "p50": 0.0, "p99": 0.0, "p999": 0.0, "max": 0.0, "late_share": 0.0}
    p50, p99, p999 = np.percentile(lateness, [50, 99, 99.9]) * 1000
    return {"packets": len(lateness), "p50": round(float(p50), 3), "p99": round(float(p99), 3), "p999": round(float(p999), 3),
            "max": round(float(lateness.max()) * 1000, 3), "late_share": round(float(np.mean(lateness > LATE)), 6)}


def disturbed(leg: Leg, strict: bool = False) -> bool:
    """Whether our own machine, not the plan, shaped what was sent: more than one packet in a hundred 2 ms late, or one 10 ms; `strict`: one
    2 ms."""
    if not len(leg.lateness):
        return False
    return bool(np.mean(leg.lateness > LATE) > 0.01 or leg.lateness.max() > (LATE if strict else 0.010))
