"""Mailboxes that cannot take a message, or have lost something: it is said clearly, and nothing is lost or half done."""

import numpy as np
import pytest

from harness import disk, mailboxes, sound
from harness.call import calling
from harness.listener import Listener, assert_whole
from harness.mailboxes import Box, discrepancies
from harness.voicemail import leave, skip_greeting, speak
from harness.wait import until


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
    found = discrepancies(box.server)
    assert len(found) == 1 and str(box.greeting()) in found[0]
    box.greeting().unlink()
    assert discrepancies(box.server) == []


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
    # A machine that is too busy to speak leaves out a little.
    assert 2 < len(wav.samples) / 8000 < 3.15


def test_a_full_disk_is_told_and_leaves_nothing_half_done(own_server, tiny_disk):
    server = own_server('voicemail: {mailboxes: ["1001"], first_pin: "7391"}\n', data=tiny_disk(24_576))
    box = Box(server, "1001")
    with calling(server, "udp", "1001") as call, calling(server, "udp", "600") as other:
        filler = disk.fill(server.data)
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


def test_a_caller_who_finds_the_disk_full_is_turned_away_before_he_speaks(own_server, tiny_disk):
    server = own_server('voicemail: {mailboxes: ["1001"], first_pin: "7391"}\n', data=tiny_disk(24_576))
    filler = disk.fill(server.data)
    with calling(server, "udp", "1001", answered=False) as call:
        call.invite()
        assert call.final().status == 480
    filler.unlink()
    leave(Box(server, "1001"), 67, 2.6)


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
