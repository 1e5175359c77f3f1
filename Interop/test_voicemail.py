"""Leaving and checking messages: what was said is compared with the file and with what the owner hears, sample for sample."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from harness import disk, mailboxes, recording, sound
from harness.call import Call, calling
from harness.listener import Listener, assert_whole
from harness.mailboxes import PIN, Box, discrepancies, new_box
from harness.server import Server
from harness.telephone import Telephone
from harness.wait import until

_names = itertools.count(1101)


@pytest.fixture
def box(server) -> Box:
    """A mailbox that no other test has seen."""
    return new_box(server, str(next(_names)))


@pytest.fixture
def own_server(folder, media_ports):
    """Makes a server of the test's own, and ends it."""
    made = []

    def make(extra: str = 'voicemail: {mailboxes: ["1001", "1002"], first_pin: "7391"}\n', **settings) -> Server:
        # Not the test's name: the path of the control socket must not be longer than a Unix socket's.
        server = Server(folder / f"own{next(_names)}", media=media_ports(), extra=extra, **settings)
        made.append(server)
        return server.start()

    yield make
    for server in made:
        if server.alive:
            assert server.stop() == 0, server.tail()


def skip_greeting(listener: Listener) -> None:
    """Any key spares the greeting; the tone comes next."""
    listener.press("5")
    listener.hears_beep()


def speak(listener: Listener, seed: int, seconds: float = 3.0) -> list:
    """Says seeded noise to its end."""
    said = listener.say(sound.chatter(seed, seconds))
    listener.wait_said(said)
    return said


def leave(box: Box, seed: int, seconds: float = 3.0, user: str = "2001") -> np.ndarray:
    """Leaves a message by hanging up; what was said."""
    known = box.files
    with calling(box.server, "udp", f"vm-{box.name}", user) as call:
        listener = Listener(call)
        skip_greeting(listener)
        said = speak(listener, seed, seconds)
        assert call.bye().status == 200
    _, wav = box.wait_message(known)
    assert_whole(wav.samples, said)
    return recording.as_heard(said)[3200:-800]


def log_in(listener: Listener, box: Box, pin: str = PIN) -> None:
    """By *98 and keys; the counts follow."""
    listener.hears("vm-enter-mailbox")
    listener.press(f"{box.name}#").hears("vm-enter-pin")
    listener.press(f"{pin}#")


def log_in_quickly(listener: Listener, box: Box, pin: str = PIN) -> None:
    """Keys typed ahead of the questions."""
    listener.press(f"{box.name}#{pin}#").hears("vm-main-menu", timeout=25)


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
    server = Server(place, media=media_ports(), extra=extra + 'voicemail: {mailboxes: ["1001", "1002", "1003"], first_pin: "7391"}\n').start()
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
    assert len(wav.samples) / 8000 == pytest.approx(4, abs=0.3)
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
    until(box.is_untouched, 6, f"{what}: nothing left behind; {[f.name for f in box.files]} and {mailboxes.rows(box.server, box.name)} rows")
    assert discrepancies(box.server) == []


@pytest.mark.parametrize("samples, words", [(sound.chatter(108, 0.8), "vm-too-short"), (sound.tone(300, 3, -110), "vm-nothing-recorded")],
                         ids=["short", "silent"])
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


# Checking

def test_messages_are_played_as_they_were_said(box):
    said = [leave(box, seed, user=f"20{seed}") for seed in (11, 12)]
    with calling(box.server, "udp", "*98") as call:
        listener = Listener(call)
        log_in(listener, box)
        listener.hears("vm-you-have", "number/2", "vm-new-messages", "vm-main-menu")
        listener.press("1").hears_sound(said[0], "the first message", threshold=0.97)
        listener.hears("vm-message-menu")
        listener.press("6").hears_sound(said[1], "the second message", threshold=0.97)
        listener.press("6").hears("vm-no-more")
        listener.press("4").hears_sound(said[0], "the first message again")
        listener.press("4").hears("vm-no-more")
        listener.press("1").hears_sound(said[0], "the first message once more")
        listener.press("#").hears("vm-main-menu")
        listener.press("#").hears("vm-goodbye").hears_the_end()
    assert box.counts() == (2, 0)


def test_save_delete_and_take_back(box):
    said = [leave(box, seed) for seed in (21, 22, 23)]
    paths = [box.path(message) for message in box.messages()]
    with calling(box.server, "udp", "*98") as call:
        listener = Listener(call)
        log_in_quickly(listener, box)
        listener.press("1").hears_sound(said[0], "the first message")
        listener.press("9").hears("vm-message-saved")
        listener.press("6").hears_sound(said[1], "the second message")
        listener.press("7").hears("vm-deleted")
        listener.press("7").hears("vm-undeleted")
        listener.press("7").hears("vm-deleted")
        listener.press("6").hears_sound(said[2], "the third message")
        listener.press("7").hears("vm-deleted")
        listener.press("7").hears("vm-undeleted")
        assert call.bye().status == 200
    until(lambda: box.files == {paths[0], paths[2]}, 6, "the deleted message's file is gone")
    assert {box.path(m): m["state"] for m in box.messages()} == {paths[0]: "saved", paths[2]: "new"}
    with calling(box.server, "udp", "*98") as call:
        listener = Listener(call)
        log_in(listener, box)
        listener.hears("vm-you-have", "number/1", "vm-new-message", "vm-and", "number/1", "vm-saved-message")
        listener.press("2").hears_sound(said[0], "the saved message")
        listener.press("#").hears("vm-main-menu")
        listener.press("1").hears_sound(said[2], "the new message")
        assert call.bye().status == 200
    assert discrepancies(box.server) == []


def test_the_envelope_names_date_and_caller(box):
    said = leave(box, 31, user="2046")
    with calling(box.server, "udp", "*98") as call:
        listener = Listener(call)
        log_in_quickly(listener, box)
        listener.press("1").hears_sound(said, "the message")
        listener.press("3").hears("vm-message", "number/1", "vm-from").spells("2046").hears("vm-received", "vm-length")
        assert call.bye().status == 200


def test_an_empty_mailbox_says_so(box):
    with calling(box.server, "udp", "*98") as call:
        listener = Listener(call)
        log_in(listener, box)
        listener.hears("vm-no-messages", "vm-main-menu")
        listener.press("1").hears("vm-no-messages")
        assert call.bye().status == 200


def test_star_during_the_greeting_is_the_owner(box):
    with calling(box.server, "udp", f"vm-{box.name}") as call:
        listener = Listener(call)
        listener.call.say(sound.tone(300, 1, -70))
        listener.hears("vm-person-at")
        listener.press("*").hears("vm-enter-pin")
        listener.press(f"{PIN}#").hears("vm-no-messages")
        assert call.bye().status == 200
    until(box.is_untouched, 6, "nothing left behind")


@pytest.mark.parametrize("key, kind, cause", [("1", "unavailable", 480), ("2", "busy", 486)])
def test_a_greeting_of_ones_own(box, key, kind, cause):
    with calling(box.server, "udp", "*98") as call:
        listener = Listener(call)
        log_in_quickly(listener, box)
        listener.press("0").hears("vm-options")
        listener.press(key).hears("vm-record-greeting").hears_beep()
        said = listener.say(sound.chatter(41 + cause, 3), keys="#")
        spoken = recording.as_heard(said)[3200:-800]
        listener.hears("vm-greeting-review")
        assert not box.greeting(kind).exists(), "it is in place before it is kept"
        listener.press("2").hears_sound(spoken, "the greeting played back")
        listener.press("1").hears("vm-greeting-stored")
        assert call.bye().status == 200
    assert_whole(sound.read_wav(box.greeting(kind)).samples, said)
    for other in (480, 486):
        with calling(box.server, "udp", "voicemail", answered=False) as call:
            call.target = f"sip:voicemail@127.0.0.1:{box.server.port};target=sip:{box.name}%40localhost;cause={other}"
            call.invite()
            assert call.final().status == 200
            listener = Listener(call)
            listener.call.say(sound.tone(300, 1, -70))
            if other == cause:
                listener.hears_sound(spoken, "the greeting")
                listener.hears_beep()
                assert not listener.heard_before("vm-person-at")
            else:
                listener.hears("vm-person-at")
            assert call.bye().status == 200


def test_a_greeting_that_cannot_be_read_is_passed_over(box):
    box.greeting().parent.mkdir(parents=True, exist_ok=True)
    box.greeting().write_bytes(b"this is no sound " * 40)
    with calling(box.server, "udp", f"vm-{box.name}") as call:
        listener = Listener(call)
        listener.call.say(sound.tone(300, 1, -70))
        listener.hears("vm-person-at").spells(box.name).hears("vm-unavailable")
        skip_greeting(listener)
        said = speak(listener, 51)
        assert call.bye().status == 200
    assert_whole(box.wait_message()[1].samples, said)
    assert any("greeting" in line and box.name in line for line in box.server.tail(60).splitlines()), box.server.tail(60)


# Who may come in

@pytest.mark.slow
def test_the_pin_is_changed(box):
    new = "50917283"
    with calling(box.server, "udp", "*98", user=f"61{box.name}") as call:
        listener = Listener(call)
        log_in_quickly(listener, box)
        listener.press("0").hears("vm-options")
        for trivial in ("1111", "4567", box.name):
            listener.press(f"5{trivial}#{trivial}#").hears("vm-pin-refused")
        listener.press("5").hears("vm-new-pin")
        listener.press(f"{new}#").hears("vm-new-pin-again")
        listener.press(f"{new[::-1]}#").hears("vm-pins-differ")
        listener.press("5").hears("vm-new-pin")
        listener.press(f"{new}#").hears("vm-new-pin-again")
        listener.press(f"{new}#").hears("vm-pin-changed")
        assert call.bye().status == 200
    with calling(box.server, "udp", "*98", user=f"61{box.name}") as call:
        listener = Listener(call)
        listener.press(f"{box.name}#{PIN}#").hears("vm-wrong-pin", "vm-enter-mailbox")
        listener.press(f"{box.name}#{new}#").hears("vm-no-messages")
        assert call.bye().status == 200
    log = box.server.log.read_text(errors="replace")
    assert new not in log and f"{new[::-1]}" not in log, "a PIN is in the log"


def own_mailbox(server: Server, user: str, headers: tuple = ()) -> tuple:
    telephone = Telephone(server.endpoint(), "udp", user)
    call = Call(telephone, "*97")
    call.invite(headers=headers)
    assert call.final().status == 200
    return telephone, Listener(call)


def test_an_asserted_identity_opens_its_own_mailbox(server):
    """The configuration trusts this machine (RFC 3325); From says somebody else on purpose."""
    telephone, listener = own_mailbox(server, "2001", (("P-Asserted-Identity", "<sip:1008@localhost>"),))
    with telephone:
        listener.call.say(sound.tone(300, 1, -70))
        listener.hears("vm-main-menu", timeout=20)
        assert not listener.heard_before("vm-enter-pin")


def test_from_proves_nothing(server):
    telephone, listener = own_mailbox(server, "1008")
    with telephone:
        listener.call.say(sound.tone(300, 1, -70))
        listener.hears("vm-enter-pin")
        listener.press(f"{PIN}#").hears("vm-main-menu", timeout=20)


def test_an_asserted_identity_of_a_stranger_is_not_believed(own_server):
    server = own_server('voicemail: {mailboxes: ["1001"], first_pin: "7391"}\ntrusted: []\n')
    telephone, listener = own_mailbox(server, "1001", (("P-Asserted-Identity", "<sip:1001@localhost>"),))
    with telephone:
        listener.call.say(sound.tone(300, 1, -70))
        listener.hears("vm-enter-pin")
        assert not listener.heard_before("vm-main-menu")


def guess(server: Server, box: str, pins: list[str], user: str, words: str = "vm-wrong-pin") -> None:
    """One call with some wrong PINs."""
    with calling(server, "udp", "*98", user) as call:
        listener = Listener(call)
        for pin in pins:
            listener.press(f"{box}#{pin}#", hold=0.06).hears(words, timeout=20)
        if len(pins) == 3:
            listener.hears("vm-goodbye").hears_the_end()


def test_three_wrong_pins_end_the_call(box):
    guess(box.server, box.name, ["1111", "2222", "3333"], f"62{box.name}")


@pytest.mark.slow
def test_ten_wrong_pins_lock_the_mailbox_and_the_caller_even_after_a_restart(own_server):
    server = own_server(f'log: trace\nvoicemail: {{mailboxes: ["1001", "1002"], first_pin: "91735028"}}\n')
    with ThreadPoolExecutor() as together:
        for calls in [together.submit(guess, server, "1001", [f"{n}{m}90" for m in range(3 if n < 3 else 1)], "6001") for n in range(4)]:
            calls.result()

    def tries(box: str, user: str, words: str) -> None:
        with calling(server, "udp", "*98", user) as call:
            Listener(call).press(f"{box}#91735028#", hold=0.06).hears(words, timeout=20)

    tries("1001", "6002", "vm-locked")
    tries("1002", "6001", "vm-locked")
    tries("1002", "6002", "vm-no-messages")
    server.kill()
    server.start()
    tries("1001", "6003", "vm-locked")
    tries("1002", "6001", "vm-locked")
    tries("1002", "6003", "vm-no-messages")
    assert "91735028" not in server.log.read_text(errors="replace"), "a PIN is in the log"


# Mailboxes that cannot take a message

def test_a_disabled_mailbox_is_unavailable(own_server):
    """Nothing but the index says so today: no command disables a mailbox."""
    server = own_server()
    server.stop()
    with mailboxes.index(server) as connection:
        connection.execute("UPDATE mailbox SET isDisabled = 1 WHERE address = '1001@localhost'")
    server.start()
    for number, status in (("1001", 480), ("1002", 200)):
        with calling(server, "udp", number, answered=False) as call:
            call.invite()
            assert call.final().status == status
    assert Box(server, "1001").shown()["mailboxes"][0]["disabled"]


def test_a_full_mailbox_says_so(own_server):
    server = own_server('voicemail: {mailboxes: ["1001"], first_pin: "7391", messages: 2}\n')
    box = Box(server, "1001")
    for seed in (61, 62):
        leave(box, seed, 2.6)
    with calling(server, "udp", "1001") as call:
        listener = Listener(call)
        call.say(sound.chatter(63, 20))
        listener.hears("vm-mailbox-full", "goodbye").hears_the_end()
    assert box.counts() == (2, 0) and len(box.files) == 2 and discrepancies(server) == []


def test_a_longest_message_of_the_configuration(own_server):
    server = own_server('voicemail: {mailboxes: ["1001"], first_pin: "7391", longest: 3s}\n')
    with calling(server, "udp", "1001") as call:
        listener = Listener(call)
        skip_greeting(listener)
        listener.say(sound.chatter(64, 9))
        listener.hears("vm-review", timeout=8)
        assert call.bye().status == 200
    _, wav = Box(server, "1001").wait_message()
    assert len(wav.samples) / 8000 == pytest.approx(3, abs=0.3)


def test_a_full_disk_is_told_and_leaves_nothing_half_done(own_server, tiny_disk):
    server = own_server('voicemail: {mailboxes: ["1001"], first_pin: "7391"}\n', data=tiny_disk(4096))
    box = Box(server, "1001")
    filler = disk.fill(server.data)
    with calling(server, "udp", "1001") as call, calling(server, "udp", "600") as other:
        other.say(sound.tone(440, 60))
        listener = Listener(call)
        listener.press("5")
        call.party.play(call.following().audio(sound.chatter(65, 40)).packets)
        listener.hears("vm-cannot-store", timeout=30).hears_the_end()
        assert sound.level_of(440, other.party.heard().samples[-8000:]) == pytest.approx(-15, abs=1.5), "another call suffers"
        assert other.bye().status == 200
    filler.unlink()
    until(lambda: discrepancies(server) == [] and all(f.suffix == ".wav" for f in box.files), 6,
          f"nothing half-done; {[f.name for f in box.files]}")
    for message in box.messages():
        sound.read_wav(box.path(message))
    assert len(box.messages()) == len(box.files)
    leave(box, 66, 2.6)
    assert len(box.messages()) == len(box.files) and discrepancies(server) == []


@pytest.mark.parametrize("damage", ["garbage", "half of it", "nothing", "a database of somebody else"])
def test_a_damaged_index_is_set_aside_and_the_messages_are_adopted(own_server, damage):
    server = own_server()
    box = Box(server, "1001")
    leave(box, 71, 2.6)
    path = box.path(box.messages()[0])
    server.stop()
    kept = path.read_bytes()
    file = server.data / "voicemail" / "index.sqlite"
    for other in file.parent.glob("index.sqlite-*"):
        other.unlink()
    if damage == "garbage":
        file.write_bytes(np.random.default_rng(71).bytes(20_000))
    elif damage == "half of it":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2 + 100])
    elif damage == "nothing":
        file.unlink()
    else:
        file.unlink()
        with mailboxes.index(server) as connection:
            connection.execute("CREATE TABLE somebody (name TEXT)")
    server.start()
    messages = box.messages()
    assert len(messages) == 1 and box.path(messages[0]).read_bytes() == kept
    assert discrepancies(server) == []
    if damage != "nothing":
        aside = [f for f in file.parent.iterdir() if f.is_file() and not f.name.startswith("index.sqlite")] + \
            [f for f in file.parent.glob("index.sqlite*") if f.name not in ("index.sqlite", "index.sqlite-wal", "index.sqlite-shm")]
        assert aside, f"it was not set aside: {[f.name for f in file.parent.iterdir()]}"
        assert "index" in server.tail(40)
    leave(box, 72, 2.6)
    assert box.counts()[0] == 2
