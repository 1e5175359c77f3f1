"""RFC 4733 digits with parts missing or said too often: each is one key at the menu of 101, and never two."""

import struct
import time

import pytest

from conftest import prompt
from harness import sound
from harness.call import calling
from harness.rtp import EVENTS, Script, duplicate, lose, reorder, replace
from harness.wait import until


def answers(call) -> int:
    return len(sound.occurrences(prompt("en/spoken-answer.wav"), call.party.heard().samples))


def assert_heard_once(call, packets) -> None:
    """Key 1 gives the spoken answer; a second 1, typed ahead, would give it once more."""
    call.party.play(packets)
    until(lambda: answers(call), 14, "the spoken answer", 0.3)
    clip = len(prompt("en/spoken-answer.wav"))
    count = len(call.party.heard().samples)
    until(lambda: len(call.party.heard().samples) > count + clip + 4000, 14, "what follows", 0.3)
    assert answers(call) == 1


FAULTS = {
    "as it should be": {},
    "first packet lost": dict(lose_start=1),
    "all but the end lost": dict(lose_start=5),
    "all ends lost": dict(lose_end=True),
    "one end": dict(ends=1),
    "nine ends": dict(ends=9),
    "odd durations": dict(odd=37),
    "very short": dict(hold=0.04),
    "held for three seconds": dict(hold=3.0),
    "held for nine seconds": dict(hold=9.0),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_digit_is_heard_once(server, fault):
    with calling(server, "udp", "101") as call:
        assert_heard_once(call, Script().silence(0.5).digit("1", **FAULTS[fault]).silence(40).packets)


@pytest.mark.parametrize("event_type", [96, 127])
def test_a_digit_with_another_payload_type(server, event_type):
    with calling(server, "udp", "101", formats=f"0 {event_type}", event_type=event_type) as call:
        assert_heard_once(call, Script(event_type=event_type).silence(0.5).digit("1").silence(40).packets)


def test_a_digit_in_a_law(server):
    with calling(server, "udp", "101", formats="8 101") as call:
        assert_heard_once(call, Script(payload_type=8).silence(0.5).digit("1").silence(40).packets)


# Keys as tones, where no telephone events were negotiated

@pytest.mark.parametrize("formats", ["0", "8"])
@pytest.mark.parametrize("held", [0.05, 0.1, 2.0])
def test_a_key_that_sounds(server, formats, held):
    with calling(server, "udp", "101", formats=formats) as call:
        script = Script(payload_type=int(formats)).silence(0.5).audio(sound.key("1", held)).silence(40)
        assert_heard_once(call, script.packets)


def test_a_key_that_sounds_and_then_nothing_is_sent(server):
    with calling(server, "udp", "101", formats="0") as call:
        assert_heard_once(call, Script().silence(0.5).audio(sound.key("1", 0.2)).pause(12).silence(40).packets)


def test_a_sound_is_no_key_where_events_were_negotiated(server):
    with calling(server, "udp", "101") as call:
        call.party.play(Script().silence(0.5).audio(sound.key("1", 0.2)).silence(5).packets)
        call.party.wait_played(10)
        assert answers(call) == 0


def test_a_key_by_event_and_by_info_is_one(server):
    with calling(server, "udp", "101") as call:
        call.party.play(Script().silence(0.5).digit("1").packets)
        call.party.wait_played(5)
        call.info(b"Signal=1\r\nDuration=160\r\n", "application/dtmf-relay")
        assert_heard_once(call, call.following().silence(40).packets)


def test_a_digit_in_disorder_and_doubled(server):
    with calling(server, "udp", "101") as call:
        script = Script().silence(0.5).digit("1", hold=0.2).silence(40)
        assert_heard_once(call, duplicate(reorder(script.packets, 3), 2))


def test_an_old_end_that_comes_late(server):
    with calling(server, "udp", "101") as call:
        script = Script().silence(0.5).digit("1").silence(40)
        end = next(p for p in script.packets if p.payload_type == 101 and p.payload[1] & 0x80)
        assert_heard_once(call, script.packets + [replace(end, at=1.5), replace(end, at=1.9, marker=True)])


def test_flash_and_other_events_are_no_digits(server):
    with calling(server, "udp", "101") as call:
        script = Script().silence(0.5).digit("1").silence(40)
        events = [p for p in script.packets if p.payload_type == 101]
        other = [replace(p, payload=struct.pack("!B", 16) + p.payload[1:]) if p.payload_type == 101 else p for p in script.packets]
        call.party.play([p for p in other if p.at < 3])
        call.party.wait_played(6)
        assert events and answers(call) == 0
        call.party.play(call.following().silence(0.2).digit("1").silence(40).packets)
        until(lambda: answers(call), 14, "the spoken answer after a flash", 0.3)


def test_all_sixteen_keys_and_broken_events_leave_the_call_well(server):
    with calling(server, "udp", "600") as call:
        script = Script().silence(0.2)
        for key in EVENTS:
            script.digit(key, hold=0.06).silence(0.04)
        call.party.play(script.packets)
        for payload in (b"", b"\x01", b"\x01\x8a", b"\x01\x8a\x00", b"\xff" * 4, b"\x01\x8a\xff\xff" * 40):
            call.party.rtp.sendto(replace(script.packets[0], payload=payload, payload_type=101).encode(), call.party.remote)
        call.party.wait_played(8)
        count = call.party.count()
        call.party.play(call.following().audio(sound.tone(440, 2)).packets)
        call.party.wait_played(5)
        time.sleep(0.2)
        assert sound.level_of(440, call.party.heard(count).samples[4000:-1600]) == pytest.approx(-15, abs=1.5)
        assert call.bye().status == 200


def test_the_key_that_ends_a_recording_may_lose_half_its_packets(server):
    with calling(server, "udp", "603") as call:
        script = Script().audio(sound.chatter(4733, 5))
        begin = len(script.packets)
        script.digit("#", hold=0.16).silence(8)
        call.party.play(lose(script.packets, range(begin, begin + 8, 2)))
        said = sound.chatter(4733, 5)
        until(lambda: sound.align(said[28000:38000], call.party.heard().samples).correlation > 0.8, 16, "the recording played back", 0.5)
