"""The front desk at 100: language, extensions, meeting rooms, one's mailbox, the operator; at 102 before the call is answered."""

import pytest

from harness import sound
from harness.call import calling
from harness.listener import Listener, assert_whole
from harness.mailboxes import PIN, Box, rooms
from harness.message import uri_of
from harness.wait import until

# Outside of office hours the caller first hears when somebody is there again.
TO_THE_MENU = 30.0


def at_the_menu(listener: Listener, language: str = "en") -> None:
    """Chooses a language; the menu follows by day and by night."""
    listener.locale = language
    listener.call.say(sound.tone(300, 30, -70))
    listener.hears("fd-welcome", locale="en")
    listener.press({"en": "1", "de": "2"}[language]).hears("fd-main-menu", timeout=TO_THE_MENU)


def leaves_a_message(listener: Listener, box: Box, seed: int) -> None:
    """From the greeting of a mailbox to the file in it."""
    known = box.files
    listener.hears("vm-person-at").spells(box.name).hears("vm-unavailable")
    listener.press("5").hears_beep()
    said = listener.say(sound.chatter(seed, 3))
    listener.wait_said(said)
    assert listener.call.bye().status == 200
    assert_whole(box.wait_message(known)[1].samples, said)


@pytest.mark.parametrize("language", ["en", "de"])
def test_an_extension_of_an_answered_call_is_its_mailbox(server, transport, language):
    with calling(server, transport, "100") as call:
        listener = Listener(call)
        at_the_menu(listener, language)
        listener.press("1002").hears("fd-connecting")
        # The mailbox speaks English: its scenario lists no other language.
        listener.locale = "en"
        leaves_a_message(listener, Box(server, "1002"), 1002)


def test_everything_may_be_typed_ahead(server):
    with calling(server, "udp", "100") as call:
        listener = Listener(call)
        listener.press("11003").hears("fd-connecting", timeout=TO_THE_MENU)
        leaves_a_message(listener, Box(server, "1003"), 1003)


def test_an_extension_that_nobody_has(server):
    with calling(server, "udp", "100") as call:
        listener = Listener(call)
        at_the_menu(listener)
        listener.press("1010").hears("fd-no-such-extension").spells("1010")
        listener.hears("fd-main-menu")
        listener.press("8").hears("invalid-key")
        assert call.bye().status == 200


def test_a_meeting_room(server):
    with calling(server, "udp", "100", user="2071") as call:
        listener = Listener(call)
        at_the_menu(listener)
        listener.press("2").hears("fd-enter-room")
        listener.press("4000").hears("fd-no-such-room", "fd-enter-room")
        listener.press("3001")
        until(lambda: "2071" in [m["caller"] for m in rooms(server).get("3001", [])], 6, "the caller is in the room")
        listener.press("##").hears("goodbye").hears_the_end()
        assert "3001" not in rooms(server)


def test_a_meeting_room_with_a_pin(server):
    with calling(server, "udp", "100", user="2072") as call:
        listener = Listener(call)
        at_the_menu(listener)
        listener.press("2").hears("fd-enter-room")
        listener.press("3900").hears("conf-enter-pin")
        listener.press("7392#")
        until(lambda: [m["role"] for m in rooms(server).get("3900", [])] == ["moderator"], 6, "the moderator is in the room")
        assert call.bye().status == 200
    until(lambda: "3900" not in rooms(server), 5, "the empty room is gone")


def test_ones_own_mailbox(server):
    with calling(server, "udp", "100") as call:
        listener = Listener(call)
        at_the_menu(listener)
        listener.press("9").hears("vm-enter-mailbox")
        listener.press("1007#").hears("vm-enter-pin")
        listener.press(f"{PIN}#").hears("vm-main-menu", timeout=20)
        assert call.bye().status == 200


def test_0_is_the_operator(server):
    with calling(server, "udp", "100") as call:
        listener = Listener(call)
        at_the_menu(listener)
        listener.press("0").hears("fd-operator-away")
        leaves_a_message(listener, Box(server, "1009"), 1009)


@pytest.mark.slow
def test_whoever_presses_nothing_gets_the_operators_mailbox(server):
    with calling(server, "udp", "100") as call:
        listener = Listener(call)
        call.say(sound.tone(300, 120, -70))
        listener.hears("fd-welcome", "fd-main-menu", timeout=TO_THE_MENU)
        listener.hears("fd-main-menu-short", "fd-operator-away", timeout=40)
        leaves_a_message(listener, Box(server, "1009"), 9009)


def test_before_the_answer_an_extension_is_a_redirect(server, transport):
    with calling(server, transport, "102", answered=False) as call:
        call.invite()
        progress = call.wait_status(183)
        call.learn(progress)
        assert call.answer, "a 183 with sound carries a session description"
        listener = Listener(call)
        at_the_menu(listener)
        listener.press("1002").hears("fd-connecting")
        final = call.final()
        assert final.status == 302 and uri_of(final["contact"]) == "sip:1002@127.0.0.1"
        assert call.count(lambda m: m.status == 200) == 0
