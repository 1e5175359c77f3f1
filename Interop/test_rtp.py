"""What happens to sound on the way: loss, disorder, jumps; and what RTCP says about it. The echo is the witness."""

import random
import struct
import time

import numpy as np
import pytest

from harness import g711, recording, rtcp, rtp, sound
from harness.call import calling
from harness.rtp import RTPParty, Script


def echo_of(call, packets) -> np.ndarray:
    count = call.party.count()
    call.party.play(packets)
    call.party.wait_played(packets[-1].at + 5)
    time.sleep(0.3)
    return call.party.heard(count).samples


@pytest.fixture
def call(server):
    with calling(server, "udp", "600") as call:
        yield call
        assert call.bye().status == 200, "the call did not survive"


def assert_tone(heard: np.ndarray, seconds: float, purity: float = -40, hertz: float = 440) -> None:
    steady = heard[4000:-1600]
    assert len(heard) / 8000 == pytest.approx(seconds, abs=0.5)
    assert sound.level_of(hertz, steady) == pytest.approx(-15, abs=1)
    assert sound.rest_beside(hertz, steady) < purity


TONE = sound.tone(440, 4)


def test_the_sequence_number_wraps(call):
    assert_tone(echo_of(call, Script(sequence=65535 - 90).audio(TONE).packets), 4)


def test_the_timestamp_wraps(call):
    assert_tone(echo_of(call, Script(timestamp=2**32 - 90 * 160).audio(TONE).packets), 4)


def test_both_wrap_at_once(call):
    assert_tone(echo_of(call, Script(sequence=65500, timestamp=2**32 - 36 * 160).audio(TONE).packets), 4)


def test_duplicates_are_heard_once(call):
    assert_tone(echo_of(call, rtp.duplicate(Script().audio(TONE).packets, 3)), 4)


def test_disorder_is_put_right(call):
    """Each fifth packet changes places with the next: a jitter buffer has both in hand in time, once it knows the disorder."""
    heard = echo_of(call, rtp.reorder(Script().audio(sound.tone(440, 6)).packets, 5))
    assert sound.level_of(440, heard[16000:-1600]) == pytest.approx(-15, abs=1)
    assert sound.rest_beside(440, heard[24000:-1600]) < -30


def test_lost_packets_are_concealed(call):
    """5 % lost: a gap is filled so that neither level nor tone break down."""
    packets = Script().audio(TONE).packets
    lost = random.sample(range(30, 190), 8)
    heard = echo_of(call, rtp.lose(packets, lost))
    steady = heard[4000:-1600]
    assert sound.level_of(440, steady) == pytest.approx(-15, abs=2), f"lost {sorted(lost)}"
    assert sound.rest_beside(440, steady) < -24
    assert sound.longest_silence(steady) <= 0.03


def test_jitter_of_60_ms_is_smoothed(call):
    """Packets are late by up to 60 ms; after the first second the delay is found and the tone is whole."""
    packets = [rtp.replace(p, at=p.at + random.uniform(0, 0.06)) for p in Script().audio(sound.tone(440, 8)).packets]
    heard = echo_of(call, sorted(packets, key=lambda p: p.at))
    assert sound.rest_beside(440, heard[5 * 8000 : -1600]) < -28


def test_another_ssrc_takes_over(call):
    first = Script(ssrc=1, sequence=5000, timestamp=1_000_000).audio(sound.tone(440, 2))
    second = Script(ssrc=2, sequence=60_000, timestamp=7).audio(sound.tone(880, 2))
    later = [rtp.replace(p, at=p.at + first.clock) for p in second.packets]
    heard = echo_of(call, first.packets + later)
    assert sound.level_of(440, heard[4000:12000]) == pytest.approx(-15, abs=1)
    assert sound.level_of(880, heard[-12000:-2000]) == pytest.approx(-15, abs=1), "the new source is not heard"
    assert sound.level_of(440, heard[-12000:-2000]) < -45


@pytest.mark.parametrize("jump", [8000 * 3600, -8000 * 3600, 8000 * 2, -8000 * 2, 2**31 + 5])
def test_the_timestamp_jumps(call, jump):
    script = Script().audio(sound.tone(440, 2))
    script.timestamp += jump
    script.audio(sound.tone(880, 2))
    heard = echo_of(call, script.packets)
    assert sound.level_of(880, heard[-10000:-2000]) == pytest.approx(-15, abs=1), "sound after the jump is lost"


@pytest.mark.parametrize("jump", [1000, 32768, -1000])
def test_the_sequence_jumps(call, jump):
    script = Script().audio(sound.tone(440, 2))
    script.sequence += jump
    script.audio(sound.tone(880, 2))
    heard = echo_of(call, script.packets)
    assert sound.level_of(880, heard[-10000:-2000]) == pytest.approx(-15, abs=1)


def test_silence_suppression(call):
    """Talk, nothing for 1.5 s, talk with the marker bit: nothing of either is lost and the pause stays a pause."""
    script = Script().audio(sound.tone(440, 1.5)).pause(1.5).audio(sound.tone(880, 1.5))
    heard = echo_of(call, script.packets)
    assert sound.level_of(440, heard[3000:9000]) == pytest.approx(-15, abs=1)
    assert sound.level_of(880, heard[-9000:-2500]) == pytest.approx(-15, abs=1)
    assert sound.longest_silence(heard, -50) > 1.0 or len(heard) < 4 * 8000


def test_odd_packets_do_no_harm(call):
    """Comfort noise, unknown payload types, empty and huge packets, header extensions, padding, other versions, RTCP on the RTP port."""
    script = Script().audio(TONE)
    call.party.play(script.packets)
    plain = script.packets[0]
    odd = [
        b"", b"\x80", b"\x00" * 12, b"\xff" * 1400, b"\x80\x00" + b"\0" * 9,
        rtp.replace(plain, payload=b"", sequence=7).encode(), rtp.replace(plain, payload_type=13, payload=b"\x30").encode(),
        rtp.replace(plain, payload_type=77).encode(), b"\x9f" + plain.encode()[1:], b"\xa0" + plain.encode()[1:] + b"\xff",
        b"\x90" + plain.encode()[1:12] + b"\xbe\xde\xff\xff" + b"\0" * 40, struct.pack("!BBHI", 0x81, 200, 6, 1),
        b"\x81\xcb\x00\x01\0\0\0\1",
    ]
    for _ in range(8):
        for data in odd:
            call.party.rtp.sendto(data, call.party.remote)
            call.party.rtcp.sendto(data, (call.party.remote[0], call.party.remote[1] + 1))
        time.sleep(0.2)
    call.party.wait_played(8)
    time.sleep(0.2)
    steady = call.party.heard().samples[-12000:-2000]
    assert sound.level_of(440, steady) == pytest.approx(-15, abs=1.5)


def test_another_senders_packets_do_not_take_the_call(server):
    """Once the caller's address is known, packets from elsewhere are no sound of this call."""

    with calling(server, "udp", "600") as call:
        stranger = RTPParty()
        try:
            call.say(sound.tone(440, 4))
            call.party.wait_packets(40, 4)
            stranger.remote = call.party.remote
            stranger.play(Script().audio(sound.tone(1200, 2)).packets)
            call.party.wait_played(8)
            heard = call.party.heard().samples[4000:-1600]
            assert sound.level_of(1200, heard) < -50
            assert sound.level_of(440, heard) == pytest.approx(-15, abs=1)
            assert stranger.count() == 0
        finally:
            stranger.close()


def sender_report(ssrc: int, packets: int, octets: int) -> bytes:
    now = time.time() + 2208988800
    ntp = struct.pack("!II", int(now), int((now % 1) * 2**32))
    return (struct.pack("!BBHI", 0x80, 200, 6, ssrc) + ntp + struct.pack("!III", 0, packets, octets)
            + struct.pack("!BBHIBB", 0x81, 202, 3, ssrc, 1, 4) + b"test" + b"\0\0")


@pytest.mark.slow
def test_rtcp_reports_are_true(server):
    """RFC 3550 section 6.4: counts, losses and jitter of a stream in which 10 of 900 packets were lost."""
    with calling(server, "udp", "600") as call:
        script = Script(sequence=65000).audio(sound.tone(440, 18))
        lost = set(range(100, 200, 10))
        call.party.play(rtp.lose(script.packets, lost))
        call.party.wait_reports(1, 9)
        call.party.rtcp.sendto(sender_report(script.ssrc, 100, 16000), (call.party.remote[0], call.party.remote[1] + 1))
        call.party.wait_played(22)
        # Each report was checked against what had been sent and received when it came.
        assert len(call.party.reports) >= 2
        echoes = False
        for at, data in call.party.reports:
            for report in rtcp.parse_rtcp(data):
                assert report.cname, "each compound packet names its source (RFC 3550 section 6.1)"
                assert report.kind == "SR", "who sends reports as a sender"
                arrived = [p for p in call.party.received if p.at <= at]
                assert report.ssrc == arrived[0].ssrc
                assert abs(report.packets - len(arrived)) <= 6, f"says {report.packets} packets, {len(arrived)} had arrived"
                assert abs(report.octets - sum(len(p.payload) for p in arrived)) <= 6 * 160
                assert abs(report.ntp - 2208988800 - time.time()) < 30
                if not report.blocks:
                    continue
                block, = report.blocks
                sent = [p for when, p in call.party.sent if when <= at]
                assert block["ssrc"] == script.ssrc
                behind = ((sent[-1].sequence - block["highest"]) & 0xFFFF)
                assert behind <= 6 or behind >= 65530, f"highest {block['highest'] & 0xFFFF}, sent up to {sent[-1].sequence}"
                assert block["lost"] == sum(1 for i in lost if script.packets[i].at < sent[-1].at)
                assert block["jitter"] < 400, "jitter of 50 ms on loopback"
                echoes |= block["lsr"] != 0
        assert echoes, "no report refers to the sender report it was given (LSR)"
        assert call.bye().status == 200


def test_packets_leave_evenly(server):
    """The spacing is measured elsewhere with care; here it only must not come in bursts, even on a loaded machine."""
    with calling(server, "udp", "602") as call:
        call.party.wait_packets(200, 8)
        arrivals = np.diff([p.at for p in call.party.received[:200]])
        assert np.median(arrivals) == pytest.approx(0.02, abs=0.002)
        assert np.percentile(np.abs(arrivals - 0.02), 90) < 0.015


def test_sound_is_marked_for_the_network(server):
    """DSCP EF (46) on each packet: RFC 4594 section 4.1."""
    with calling(server, "udp", "602") as call:
        call.party.wait_packets(20, 5)
        assert call.party.marks == {46}


def test_both_codecs_are_transparent(server):
    for payload_type in (g711.PCMU, g711.PCMA):
        with calling(server, "udp", "600", formats=str(payload_type)) as call:
            script = Script(payload_type=payload_type).audio(sound.chatter(payload_type + 5, 2.5))
            said, heard = recording.as_heard(script.packets), echo_of(call, script.packets)
            assert sound.align(said, heard).correlation > 0.95
            assert call.bye().status == 200
