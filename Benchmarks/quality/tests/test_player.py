import socket

import numpy as np
import pytest

from harness.rtp import Packet
from quality.codecs import CODECS
from quality.network import CELLS
from quality.player import Leg, disturbed, pacing, packets_of, play


@pytest.fixture
def mirror():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
        there.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        there.bind(("127.0.0.1", 0))
        yield there


def test_packets_leave_when_the_plan_says_so(mirror):
    codec = CODECS["pcmu"]
    legs = [Leg() for _ in range(5)]
    try:
        for number, leg in enumerate(legs):
            leg.remote = mirror.getsockname()
            packets = packets_of([bytes([number]) * 160] * 50, codec, np.random.default_rng(number))
            leg.events = [(at, packets[index]) for at, index in CELLS["all"].shape(np.arange(50) * 0.02, (1, number))]
        play(legs, after=0.05)
        figures = pacing(np.concatenate([leg.lateness for leg in legs]))
        assert figures["packets"] == sum(len(leg.events) for leg in legs)
        assert min(leg.lateness.min() for leg in legs) > 0
        assert figures["p50"] < 2, figures
        mirror.setblocking(False)
        came = [Packet.decode(mirror.recv(2048), 0) for _ in range(figures["packets"])]
        for number, leg in enumerate(legs):
            own = [packet for packet in came if packet.payload[0] == number]
            assert [packet.sequence for packet in own] == [Packet.decode(data, 0).sequence for _, data in leg.events]
    finally:
        for leg in legs:
            leg.close()


def test_a_call_sent_late_is_told():
    leg = Leg()
    try:
        leg.lateness = np.full(300, 0.0005)
        assert not disturbed(leg)
        leg.lateness[7] = 0.011
        assert disturbed(leg)
        leg.lateness = np.where(np.arange(300) < 6, 0.003, 0.0)
        assert disturbed(leg)
        leg.lateness = np.where(np.arange(300) < 1, 0.003, 0.0)
        assert not disturbed(leg) and disturbed(leg, strict=True)
    finally:
        leg.close()


def test_sequence_and_timestamp_run_on():
    packets = [Packet.decode(data, 0) for data in packets_of([b"x" * 160] * 3, CODECS["pcmu"], np.random.default_rng(1))]
    assert [(packet.sequence - packets[0].sequence) & 0xFFFF for packet in packets] == [0, 1, 2]
    assert [(packet.timestamp - packets[0].timestamp) & 0xFFFFFFFF for packet in packets] == [0, 160, 320]
    assert [packet.marker for packet in packets] == [True, False, False]
