import numpy as np
import pytest

from harness.rtp import Packet
from quality.codecs import CODECS
from quality.hearing import found, hearing, straightened, trace
from quality.judging import differing
from quality.player import packets_of

RNG = np.random.default_rng(1)
NOISE = RNG.normal(0, 2000, 16_000).astype(np.int16)


def stream(codec, samples, begin=100.0):
    coded = packets_of(codec.encode(samples), codec, np.random.default_rng(2))
    return [Packet.decode(data, begin + index * 0.02) for index, data in enumerate(coded)]


@pytest.mark.parametrize("name", CODECS)
def test_packets_become_sound_again(name):
    codec = CODECS[name]
    packets = stream(codec, NOISE)
    heard = hearing(packets[::-1][:-1] + packets[:1], codec)  # the wrong way round is by timestamp still
    whole = hearing(packets, codec)
    assert np.array_equal(whole.samples, codec.heard(NOISE)) and whole.missing == 0
    assert len(heard.samples) <= len(whole.samples)
    assert whole.heard_at(np.array([0, 80, 160]), codec.rate) == pytest.approx([100.0, 100.01, 100.02])


def test_a_lost_packet_is_silence():
    codec = CODECS["pcmu"]
    packets = stream(codec, NOISE)
    heard = hearing(packets[:10] + packets[11:], codec)
    assert heard.missing == 160 and not heard.samples[1600:1760].any()


def test_found_where_it_is():
    later = np.concatenate([np.zeros(777, np.int16), NOISE, np.zeros(500, np.int16)])
    assert np.array_equal(found(NOISE, later), NOISE)


def test_a_changed_delay_is_straightened():
    moved = np.concatenate([NOISE[:8000], np.zeros(240, np.int16), NOISE[8000:]])[: len(NOISE)]
    straight = straightened(NOISE, moved, 8000)
    same = np.mean(straight == NOISE)
    assert np.mean(moved == NOISE) < 0.55 and same > 0.9


def test_trace_finds_what_was_heard_and_misses_what_was_not():
    heard = np.concatenate([np.zeros(320, np.int16), NOISE[:4800], NOISE[4640:4800], NOISE[4960:]])
    traced = trace(NOISE, heard, 8000)
    lost = np.flatnonzero(traced.places < 0)
    assert lost.tolist() == [60, 61]  # the packet of samples 4800...4959
    there = np.flatnonzero(traced.places >= 0)
    assert (traced.places[there] == there * 80 + 320).all()


def test_one_sample_that_differs_is_counted():
    recording = np.concatenate([np.zeros(400, np.int16), NOISE])
    assert differing(NOISE, recording, (1000, 15_000)) == 0
    recording[8000] += 1
    assert differing(NOISE, recording, (1000, 15_000)) == 1
    assert differing(NOISE, recording[:9000], (1000, 15_000)) > 1000
