"""Leaving messages: what was said is compared with the file, sample for sample."""

import pytest

from harness import mailboxes, recording, sound
from harness.call import calling
from harness.listener import Listener, assert_whole
from harness.mailboxes import Box, discrepancies
from harness.server import Server
from harness.voicemail import skip_greeting, speak
from harness.wait import until

# The ways into a mailbox

WAYS = {
    "its own number": ("1001", "1001", "", (), "vm-unavailable"),
    "a prefix": ("vm-1002", "1002", "", (), "vm-unavailable"),
    "RFC 4458, busy": ("voicemail", "1003", ";target=sip:1003%40localhost;cause=486", (), "vm-busy"),
    "RFC 4458, no answer": ("voicemail", "1004", ";target=sip:1004%40localhost;cause=408", (), "vm-unavailable"),
    "Diversion": ("voicemail", "1005", "", (("Diversion", "<sip:1005@localhost>;reason=user-busy;counter=1"),), "vm-busy"),
    "History-Info": ("voicemail", "1006", "", (
        ("History-Info", "<sip:1006@localhost?Reason=SIP%3Bcause%3D480>;index=1, <sip:voicemail@localhost>;index=1.1"),), "vm-unavailable"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_message_is_left(server, transport, way):
    number, name, parameters, headers, reason = WAYS[way]
    box = Box(server, name)
    known = box.files
    with calling(server, transport, number, answered=False) as call:
        call.target = f"sip:{number}@127.0.0.1:{server.port}{parameters}" + (";transport=tcp" if transport == "tcp" else "")
        call.invite(headers=headers)
        assert call.final().status == 200
        listener = Listener(call)
        listener.call.say(sound.tone(300, 1, -70))
        listener.hears("vm-person-at").spells(name).hears(reason, "vm-leave-after-tone").hears_beep()
        said = speak(listener, hash(way) & 0xFFFF)
        assert call.bye().status == 200
    path, wav = box.wait_message(known)
    assert_whole(wav.samples, said)
    assert box.files == known | {path}
    message = next(m for m in box.messages() if box.path(m) == path)
    assert message["caller"] == "2001" and abs(message["milliseconds"] - len(wav.samples) / 8) < 30


# The ways to end it

def test_pound_and_one_keep_the_message(box, transport):
    with calling(box.server, transport, f"vm-{box.name}") as call:
        listener = Listener(call)
        skip_greeting(listener)
        said = listener.say(sound.chatter(101, 3), keys="#")
        listener.hears("vm-review")
        assert box.messages() == [] or box.messages()[0]["state"] == "recording", "it is not delivered before it is kept"
        listener.press("1").hears("vm-saved", "goodbye").hears_the_end()
    _, wav = box.wait_message()
    assert_whole(wav.samples, said)
    assert len(box.files) == 1 and discrepancies(box.server) == []


def test_hear_it_record_it_again_mark_it_urgent(box):
    with calling(box.server, "udp", f"vm-{box.name}") as call:
        listener = Listener(call)
        skip_greeting(listener)
        first = recording.as_heard(listener.say(sound.chatter(102, 3), keys="#"))
        listener.hears("vm-review")
        listener.press("2").hears_sound(first[3200:-800], "the first attempt")
        listener.press("3").hears_beep()
        second = listener.say(sound.chatter(103, 3), keys="#")
        listener.hears("vm-review")
        listener.press("4").hears("vm-urgent")
        listener.press("1").hears("vm-saved").hears_the_end()
    _, wav = box.wait_message()
    assert_whole(wav.samples, second)
    assert recording.match(wav.samples, first) is None
    assert box.messages()[0]["urgent"] and len(box.files) == 1


@pytest.fixture(scope="module")
def brisk(folder, media_ports):
    """A server whose callers are cut off after 4 s of speech or 2 s of silence."""
    place = folder / "brisk"
    place.mkdir(parents=True, exist_ok=True)
    extra = mailboxes.edited_scenarios(place, "voicemail-leave", {"max: 3m": "max: 4s", "silence: 8s": "silence: 2s"})
    extra += 'voicemail: {mailboxes: ["1001", "1002", "1003"], first_pin: "7391"}\n'
    server = Server(place, media=media_ports(), extra=extra).start()
    yield server
    assert server.stop() == 0


def test_silence_ends_the_message(brisk):
    box = Box(brisk, "1001")
    with calling(brisk, "udp", "1001") as call:
        listener = Listener(call)
        skip_greeting(listener)
        said = speak(listener, 104)
        listener.hears("vm-review", timeout=8)
        assert call.bye().status == 200
    path, wav = box.wait_message()
    assert_whole(wav.samples, said)
    assert len(wav.samples) < 3.8 * 8000, "the silence that ended it is kept"
    assert box.files == {path}


def test_the_longest_message_is_cut(brisk):
    box = Box(brisk, "1002")
    with calling(brisk, "udp", "1002") as call:
        listener = Listener(call)
        skip_greeting(listener)
        said = listener.say(sound.chatter(105, 9))
        listener.hears("vm-review", timeout=8)
        listener.press("1").hears("vm-saved").hears_the_end()
    _, wav = box.wait_message()
    # A machine that is too busy to speak leaves out a little.
    assert 3 < len(wav.samples) / 8000 < 4.15
    found = recording.match(wav.samples, recording.as_heard(said))
    assert found and found.begin <= 3200 and found.lead + found.count == len(wav.samples)


def test_nobody_who_answers_the_review_keeps_the_message(brisk):
    """Whoever walks away from the telephone wanted it to be heard."""
    box = Box(brisk, "1003")
    with calling(brisk, "udp", "1003") as call:
        listener = Listener(call)
        skip_greeting(listener)
        said = speak(listener, 106)
        listener.hears("vm-review", timeout=8).hears("vm-review-short", "vm-saved", "goodbye", timeout=20).hears_the_end()
    _, wav = box.wait_message()
    assert_whole(wav.samples, said)


# What is no message

@pytest.mark.parametrize("what, samples", [("too short", sound.chatter(107, 1.0)), ("silent", sound.tone(300, 4, -110))])
def test_hanging_up_on_nothing_leaves_nothing(box, what, samples):
    with calling(box.server, "udp", f"vm-{box.name}") as call:
        listener = Listener(call)
        skip_greeting(listener)
        listener.wait_said(listener.say(samples))
        assert call.bye().status == 200
    until(box.is_untouched, 6, f"{what}: nothing is left; {[f.name for f in box.files]} and {mailboxes.rows(box.server, box.name)} rows")
    assert discrepancies(box.server) == []


@pytest.mark.parametrize("samples, words", [(sound.chatter(108, 0.8), "vm-too-short"),
                                            (sound.tone(300, 3, -110), "vm-nothing-recorded")], ids=["short", "silent"])
def test_the_caller_is_told_and_may_try_again(box, samples, words):
    with calling(box.server, "udp", f"vm-{box.name}") as call:
        listener = Listener(call)
        skip_greeting(listener)
        listener.say(samples, keys="#")
        listener.hears(words, "vm-review-again")
        listener.press("1").hears_beep()
        said = speak(listener, 109)
        assert call.bye().status == 200
    path, wav = box.wait_message()
    assert_whole(wav.samples, said)
    assert box.files == {path} and mailboxes.rows(box.server, box.name) == 1


def test_hanging_up_during_the_greeting_leaves_nothing(box):
    with calling(box.server, "udp", f"vm-{box.name}") as call:
        call.say(sound.chatter(110, 20))
        Listener(call).hears("vm-person-at")
        assert call.bye().status == 200
    until(box.is_untouched, 6, "nothing left behind")


def test_a_mailbox_that_nobody_has(server, transport):
    with calling(server, transport, "vm-4711", answered=False) as call:
        call.invite()
        assert call.final().status == 404
