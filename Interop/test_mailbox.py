"""Checking messages by keys: what is heard is what was said. Greetings, PINs, and who is let in."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import recording, sound
from harness.call import Call, calling
from harness.listener import Listener, assert_whole
from harness.mailboxes import PIN, discrepancies
from harness.server import Server
from harness.telephone import Telephone
from harness.voicemail import leave, log_in, log_in_quickly
from harness.wait import until

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
