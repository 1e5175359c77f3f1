"""Rooms: everybody sends a tone of his own, and a spectrum of what each one hears tells who hears whom."""

import itertools
import time
from contextlib import ExitStack

import numpy as np
import pytest

from harness import baresip, g711, sipp, sound
from harness.baresip import Baresip
from harness.call import Call
from harness.listener import Listener, clip
from harness.mailboxes import rooms
from harness.rtp import Script
from harness.tap import Tap
from harness.telephone import Telephone
from harness.wait import until

# Far from one another, from the chimes (523 and 784 Hz), and no multiples.
TONES = [350, 437, 631, 911, 1129, 1373, 1709, 2053]
GUESTS = [2411, 2789]
LEVEL = -20
# Each half second of what was heard is looked at by itself.
WINDOW = 4000

_open_rooms = itertools.count(3100)
_locked_rooms = itertools.count(3910)


@pytest.fixture
def room() -> str:
    return str(next(_open_rooms))


@pytest.fixture
def locked_room() -> str:
    return str(next(_locked_rooms))


class Member:
    """Somebody in a room who sends a tone for as long as he is there."""

    def __init__(self, server, room: str, hertz: float, user: str = "2001", transport: str = "udp", level: float = LEVEL, codec: int = 0,
                 ptime: int = 20, seconds: float = 60):
        self.hertz, self.level, self.user, self.seconds = hertz, level, user, seconds
        self.telephone = Telephone(server.endpoint(transport), transport, user)
        self.call = Call(self.telephone, room)
        self.call.answered(formats=f"{codec} 101", ptime=ptime)
        self.listener = Listener(self.call)
        self.codec, self.ptime = codec, ptime
        self.party = self.call.party
        self.party.play(Script(payload_type=codec, ptime=ptime).audio(sound.tone(hertz, seconds, level)).packets)

    def __enter__(self) -> "Member":
        return self

    def __exit__(self, *_) -> None:
        self.telephone.close()
        assert not self.telephone.bad, self.telephone.bad

    def press(self, keys: str) -> Listener:
        """Keys, and the tone again."""
        self.listener.now()
        script = self.call.following()
        script.ptime = self.ptime
        script.digits(keys).audio(sound.tone(self.hertz, 30, self.level))
        self.party.play(script.packets)
        return self.listener

    def leave(self) -> None:
        assert self.call.bye().status == 200


def levels(samples: np.ndarray, hertz: float) -> np.ndarray:
    """The level of a tone in each window."""
    return np.array([sound.level_of(hertz, samples[at : at + WINDOW]) for at in range(0, len(samples) - WINDOW + 1, WINDOW)])


def hears(samples: np.ndarray, hertz: float, level: float = LEVEL, within: float = 1.0) -> None:
    found = levels(samples, hertz)
    assert len(found) >= 2, f"{len(samples) / 8000:.2f} s heard"
    assert np.median(found) == pytest.approx(level, abs=within), f"{hertz} Hz is heard at {np.round(found, 1)} dBFS"


def hears_not(samples: np.ndarray, hertz: float) -> None:
    found = levels(samples, hertz)
    assert len(found) >= 2, f"{len(samples) / 8000:.2f} s heard"
    assert np.median(found) < -60 and np.max(found) < -40, f"{hertz} Hz is heard at {np.round(found, 1)} dBFS"


def assert_everybody_hears_the_others(members: list[Member], heard: list[np.ndarray]) -> None:
    for member, samples in zip(members, heard):
        for other in members:
            (hears_not if other is member else hears)(samples, other.hertz)


def listen(members: list, seconds: float) -> list[np.ndarray]:
    """What each of them hears in the next seconds."""
    places = [member.party.count() for member in members]
    time.sleep(seconds)
    return [member.party.heard(place).samples for member, place in zip(members, places)]


def enter(stack: ExitStack, server, room: str, tones: list[float], **settings) -> list[Member]:
    """One after the other; the sound of the last chime is over afterwards."""
    members = [stack.enter_context(Member(server, room, hertz, f"20{index:02}", **settings)) for index, hertz in enumerate(tones)]
    until(lambda: len(rooms(server).get(room, [])) == len(tones), 5, "everybody is in the room")
    time.sleep(0.8)
    return members


@pytest.mark.parametrize("count", [3, 8])
def test_each_hears_all_the_others_while_two_come_and_go(server, room, count):
    with ExitStack() as stack:
        members = enter(stack, server, room, TONES[:count])
        places = [member.party.count() for member in members]
        with Member(server, room, GUESTS[0], "2098") as one:
            time.sleep(1)
            with Member(server, room, GUESTS[1], "2099", "tcp") as other:
                time.sleep(0.5)
                both = listen([one, other], 2.0)
                one.leave()
                time.sleep(0.5)
                alone = listen(members, 1.5)
                other.leave()
        time.sleep(1)
        heard = [member.party.heard(place).samples for member, place in zip(members, places)]
        assert_everybody_hears_the_others(members, heard)
        for samples, guest, hertz in zip(both, GUESTS, reversed(GUESTS)):
            hears_not(samples, guest)
            for tone in [member.hertz for member in members] + [hertz]:
                hears(samples, tone)
        for samples in alone:
            hears_not(samples, GUESTS[0])
            hears(samples, GUESTS[1])
        for member in members:
            packets = member.party.heard().packets
            assert len({packet.ssrc for packet in packets}) == 1
            assert all((b.sequence - a.sequence) & 0xFFFF == 1 for a, b in zip(packets, packets[1:])), "packets are lost or doubled"
            member.leave()
        until(lambda: room not in rooms(server), 5, "the empty room is gone")


def test_codecs_and_packet_times_are_mixed(server, room):
    settings = [(g711.PCMU, 10, "udp"), (g711.PCMA, 20, "tcp"), (g711.PCMU, 30, "udp"), (g711.PCMA, 60, "udp"), (g711.PCMU, 20, "tcp"),
                (g711.PCMA, 10, "udp")]
    with ExitStack() as stack:
        members = [stack.enter_context(Member(server, room, hertz, f"20{index:02}", transport, codec=codec, ptime=ptime))
                   for index, (hertz, (codec, ptime, transport)) in enumerate(zip(TONES, settings))]
        time.sleep(1.2)
        places = [member.party.count() for member in members]
        heard = listen(members, 4)
        assert_everybody_hears_the_others(members, heard)
        for member, place in zip(members, places):
            packets = member.party.heard(place).packets
            assert {packet.payload_type for packet in packets} == {member.codec}
            assert {len(packet.payload) for packet in packets} == {member.ptime * 8}
            member.leave()


def test_who_is_alone_hears_music_until_somebody_comes(server, room, music):
    twice = np.concatenate([music, music])
    with Member(server, room, TONES[0]) as first:
        alone = listen([first], 3.5)[0]
        found = sound.align(alone[4000:], twice)
        assert found.correlation > 0.95, found
        with Member(server, room, TONES[1], "2002") as second:
            time.sleep(0.8)
            together = listen([first, second], 2)
            for samples, other in zip(together, (TONES[1], TONES[0])):
                hears(samples, other)
                assert sound.rest_beside(other, samples) < -50, "the music goes on"
            second.leave()
        time.sleep(0.8)
        again = listen([first], 2.5)[0]
        found = sound.align(again[2000:], twice)
        assert found.correlation > 0.95, f"no music after the others have gone: {found}"
        first.leave()


def test_star_6_mutes_and_unmutes(server, room):
    with ExitStack() as stack:
        members = enter(stack, server, room, TONES[:3])
        first, second, third = members
        place = second.party.count()
        first.press("*6").hears("conf-muted")
        assert [m["muted"] for m in sorted(rooms(server)[room], key=lambda m: m["caller"])] == [True, False, False]
        time.sleep(0.5)
        heard = listen(members, 2)
        for other in (second.hertz, third.hertz):
            hears(heard[0], other)
        hears_not(heard[1], first.hertz)
        hears(heard[1], third.hertz)
        hears_not(heard[2], first.hertz)
        first.press("*6").hears("conf-unmuted")
        time.sleep(0.5)
        assert_everybody_hears_the_others(members, listen(members, 2))
        assert not sound.occurrences(clip("conf-muted"), second.party.heard(place).samples, 0.3), "others hear the prompt"
        assert not any(member["muted"] for member in rooms(server)[room])


def test_pound_pound_leaves_and_star_0_helps(server, room):
    with ExitStack() as stack:
        first, second = enter(stack, server, room, TONES[:2])
        first.press("*0").hears("conf-help")
        first.press("##").hears("goodbye").hears_the_end()
        until(lambda: [m["caller"] for m in rooms(server).get(room, [])] == [second.user], 5, "one is left")
        second.leave()
        until(lambda: room not in rooms(server), 5, "the empty room is gone")


def test_a_pin_lets_in_and_decides_who_moderates(server, locked_room, transport):
    with ExitStack() as stack:
        members = []
        for user, pin in (("2101", "7391"), ("2102", "7392")):
            member = stack.enter_context(Member(server, locked_room, TONES[len(members)], user, transport))
            member.listener.hears("conf-enter-pin")
            assert len(rooms(server).get(locked_room, [])) == len(members), "in before the PIN"
            member.press(f"{pin}#")
            members.append(member)
            until(lambda: len(rooms(server).get(locked_room, [])) == len(members), 6, "in by the PIN")
        assert {m["caller"]: m["role"] for m in rooms(server)[locked_room]} == {"2101": "participant", "2102": "moderator"}
        time.sleep(0.8)
        assert_everybody_hears_the_others(members, listen(members, 2))
        log = server.log.read_text(errors="replace")
        assert "pin=" not in log.lower(), "a PIN is in the log"


def test_three_wrong_pins_end_the_call(server, locked_room):
    with Member(server, locked_room, TONES[0], "2103", level=-60) as member:
        member.listener.hears("conf-enter-pin")
        for pin in ("1111", "7390", "73911"):
            member.press(f"{pin}#").hears("conf-wrong-pin")
        member.listener.hears("goodbye").hears_the_end()
        assert locked_room not in rooms(server)


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
def test_one_who_holds_hears_nothing_and_comes_back(server, room, direction):
    with ExitStack() as stack:
        members = enter(stack, server, room, TONES[:3])
        holder, *others = members
        assert holder.call.reinvite(direction=direction).status == 200
        time.sleep(0.3)
        count = holder.party.count()
        heard = listen(members, 2)
        assert holder.party.count() == count, "sound is sent to one who holds"
        hears(heard[1], others[1].hertz)
        hears(heard[2], others[0].hertz)
        if direction == "inactive":
            hears_not(heard[1], holder.hertz)
            hears_not(heard[2], holder.hertz)
        assert holder.call.reinvite(direction="sendrecv").status == 200
        time.sleep(0.8)
        assert_everybody_hears_the_others(members, listen(members, 2))
        assert len({packet.ssrc for packet in holder.party.heard().packets}) == 1
        assert [m["caller"] for m in rooms(server)[room]] == [member.user for member in members], "holding is no leaving"


def test_rooms_are_apart(server, room):
    other = str(next(_open_rooms))
    with ExitStack() as stack:
        here, there = enter(stack, server, room, TONES[:2]), enter(stack, server, other, TONES[2:4])
        heard = listen(here + there, 2)
        assert_everybody_hears_the_others(here, heard[:2])
        assert_everybody_hears_the_others(there, heard[2:])
        for samples in heard[:2]:
            hears_not(samples, TONES[2])


def test_a_key_of_one_is_no_sound_for_the_others(server, room):
    """RFC 4733 events of one member are no sound for the others."""
    with ExitStack() as stack:
        first, second = enter(stack, server, room, TONES[:2])
        place = second.party.count()
        first.press("1234567890")
        time.sleep(3)
        samples = second.party.heard(place).samples
        for hertz in (697, 770, 852, 941, 1209, 1336, 1477):
            assert np.max(levels(samples, hertz)) < -45, f"{hertz} Hz"
        hears(samples[-3 * WINDOW :], first.hertz)


@pytest.mark.skipif(not (baresip.available() and baresip.module_path()), reason="baresip is not installed (Debian: baresip-core)")
def test_three_baresips(server, folder, room, transport):
    tones = TONES[2:5]
    telephones = [Baresip(folder / "baresip" / f"room-{transport}-{hertz}", transport, sound.tone(hertz, 40, LEVEL), f"30{hertz}")
                  for hertz in tones]
    try:
        for telephone in telephones:
            telephone.dial(room, server.endpoint())
            telephone.wait_event("CALL_ESTABLISHED")
        until(lambda: len(rooms(server).get(room, [])) == 3, 5, "three in the room")
        telephones[0].listen(5)
        telephones[0].press("*6")
        telephones[0].listen(3.5)
        assert [m["muted"] for m in rooms(server)[room]].count(True) == 1
        telephones[0].press("##")
        telephones[0].wait_event("CALL_CLOSED")
    finally:
        for telephone in telephones:
            telephone.close()
    for telephone, own in zip(telephones, tones):
        heard = telephone.heard()
        begin, _ = sound.loud_part(heard)
        for hertz in tones:
            found = levels(heard[begin:], hertz)
            if hertz == own:
                assert np.median(found) < -55, f"{own} Hz hears itself at {np.round(found, 1)}"
            else:
                # baresip's own jitter buffer may repeat a frame; in most windows it does not.
                assert np.sum(np.abs(found - LEVEL) < 1) >= 4, f"{own} Hz hears {hertz} Hz at {np.round(found, 1)}"
    assert sound.occurrences(clip("conf-muted"), telephones[0].heard(), 0.75)
    assert not sound.occurrences(clip("conf-muted"), telephones[1].heard(), 0.5)
    until(lambda: room not in rooms(server), 5, "the empty room is gone")


@pytest.mark.skipif(not sipp.available(), reason="sipp is not installed (Debian: sip-tester)")
def test_sipp_and_a_telephone(server, folder, room, transport):
    place = folder / "sipp" / f"room-{transport}"
    place.mkdir(parents=True, exist_ok=True)
    audio = place / "tone.ulaw"
    audio.write_bytes(g711.encode(sound.tone(TONES[1], 20, LEVEL)))
    with Member(server, room, TONES[0]) as member, Tap(server.endpoint(), transport) as tap:
        count = member.party.count()
        sipp.run("echo_of_a_tone", ("127.0.0.1", tap.port), room, transport, place, 6, dict(audio=audio, hold=5000))
        heard = tap.heard().samples
        middle = member.party.heard(count).samples
        begin = next(at for at in range(0, len(middle), WINDOW) if sound.level_of(TONES[1], middle[at : at + WINDOW]) > LEVEL - 3)
        hears(middle[begin + WINDOW : begin + 7 * WINDOW], TONES[1])
        hears(heard[WINDOW : 8 * WINDOW], TONES[0])
        hears_not(heard[WINDOW : 8 * WINDOW], TONES[1])
        until(lambda: len(rooms(server).get(room, [])) == 1, 5, "sipp has left")


@pytest.mark.skipif(not sipp.available(), reason="sipp is not installed (Debian: sip-tester)")
def test_forty_in_one_room_are_all_let_in_and_all_gone_afterwards(server, folder, room):
    place = folder / "sipp" / "room-of-forty"
    place.mkdir(parents=True, exist_ok=True)
    audio = place / "tone.ulaw"
    audio.write_bytes(g711.encode(sound.tone(TONES[1], 20, -40)))
    with Member(server, room, TONES[0]) as member:
        sipp.run("echo_of_a_tone", server.endpoint(), room, "udp", place, 14, dict(audio=audio, hold=4000), calls=40)
        until(lambda: len(rooms(server).get(room, [])) == 1, 6, "all have left")
        member.leave()
    server.assert_alive()
