"""linphonec over UDP, TCP and TLS: its microphone is a file, its ear another, and keys are pressed as a user would."""

import itertools
import re

import pytest

from conftest import prompt
from harness import linphone, sound
from harness.call import calling
from harness.linphone import Linphone
from harness.mailboxes import asked
from harness.wait import until

pytestmark = pytest.mark.skipif(not linphone.available(), reason="linphonec is not installed (Debian: linphone-cli)")

TONE, OTHER = 710, 1129
# Bytes of its ear's file in a second.
SECOND = 16_000
# Nobody else enters these, and who was transferred into one stays there.
_rooms = itertools.count(3600)


@pytest.fixture
def room() -> str:
    return str(next(_rooms))


@pytest.fixture
def telephone(folder, request, any_transport, authority):
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)
    with Linphone(folder / "linphone" / name, any_transport, sound.tone(TONE, 45), authority=authority / "ca.pem") as telephone:
        yield telephone


def dial(telephone: Linphone, server, number: str) -> None:
    telephone.dial(server.uri(number, telephone.transport))
    telephone.connected()


def listen(telephone: Linphone, seconds: float) -> None:
    """Until so much more sound has come to its ear."""
    goal = telephone.written() + seconds * SECOND
    until(lambda: telephone.written() >= goal, seconds + 10, f"{seconds} s of sound at linphonec's ear")


def steady(heard):
    begin, end = sound.loud_part(heard)
    assert end - begin > 2 * 8000, "too little sound"
    return heard[begin + 4000 : end - 1600]


def test_600_echo(secure_server, telephone):
    dial(telephone, secure_server, "600")
    listen(telephone, 3)
    telephone.hang_up()
    telephone.close()
    heard = steady(telephone.heard())
    assert sound.strongest(heard) == pytest.approx(TONE, abs=2)
    assert sound.level_of(TONE, heard) == pytest.approx(-15, abs=1)
    assert sound.rest_beside(TONE, heard) < -25


def test_each_tells_the_other_how_it_sounds(own_server, folder):
    """It asks for the VoIP metrics of RFC 3611 in its offer, and sends its own where the answer asks."""
    server = own_server()
    with Linphone(folder / "linphone" / "metrics", "udp", sound.tone(TONE, 45)) as telephone:
        dial(telephone, server, "600")

        def told():
            return next((call for call in asked(server, "calls") if call.get("to", {}).get("buffer") and call.get("from")), None)

        call = until(told, 30, "linphonec's report of what it hears")
        telephone.hang_up()
        telephone.close()
        assert call["codec"] == "pcmu" and call["from"]["lost"] == call["to"]["lost"] == 0
        assert call["from"]["opinion"] > 4 and call["to"]["opinion"] > 3
        log = (telephone.folder / "linphone.log").read_text(errors="replace")
        assert re.search(r"^a=rtcp-xr:voip-metrics\s*$", log, re.M)
    assert " mos=4" in until(lambda: re.search(r".*call ended.*", server.log.read_text(errors="replace")), 10, "the record")[0]


def test_101_takes_keys(secure_server, telephone):
    dial(telephone, secure_server, "101")
    listen(telephone, 1)
    telephone.press("9")
    listen(telephone, 4)
    telephone.hang_up()
    telephone.close()
    assert sound.occurrences(prompt("en/your-number-is.wav"), telephone.heard(), 0.75)


def test_two_in_a_room_hear_each_other(secure_server, telephone, room):
    with calling(secure_server, "udp", room) as call:
        call.say(sound.tone(OTHER, 30))
        dial(telephone, secure_server, room)
        since = call.party.count()
        listen(telephone, 4)
        there = call.party.heard(since).samples[-2 * 8000 :]
        telephone.hang_up()
        assert call.bye().status == 200
    telephone.close()
    here = telephone.heard()[-2 * 8000 :]
    assert sound.level_of(TONE, there) > -20 and sound.level_of(OTHER, there) < -45
    assert sound.level_of(OTHER, here) > -20 and sound.level_of(TONE, here) < -45


def test_hold_and_resume(secure_server, telephone):
    dial(telephone, secure_server, "600")
    listen(telephone, 1)
    telephone.command("pause", "is now paused")
    telephone.command("resume", "Media streams established")
    before = telephone.written()
    listen(telephone, 2)
    telephone.hang_up()
    telephone.close()
    log = (telephone.folder / "linphone.log").read_text(errors="replace")
    directions = re.findall(r"^a=(sendrecv|sendonly|recvonly|inactive)", log, re.M)
    # Its own offers name only what is not sendrecv.
    assert directions == ["sendrecv", "sendonly", "recvonly", "sendrecv"], "answer; held and answered; answer"
    heard = telephone.heard()[before // 2 :]
    assert sound.level_of(TONE, heard[-8000:]) == pytest.approx(-15, abs=1), "no echo after the hold"


def test_transfer_to_602(secure_server, server, telephone, room):
    with calling(secure_server, "udp", room) as staying:
        dial(telephone, secure_server, room)
        telephone.command(f"transfer sip:602@127.0.0.1:{server.port}")
        since = staying.party.count()
        # Half a second each: what the room waits for the speaker's packets may become 10 ms less within one of them.
        pieces = [prompt("en/demonstration.wav")[begin : begin + 4_000] for begin in range(48_000, 72_000, 4_000)]
        until(lambda: any(sound.occurrences(piece, staying.party.heard(since).samples, 0.75) for piece in pieces), 15,
              "the speech of 602 in the room", 0.3)
        telephone.wait(r"Call \d+ with \S+ ended", 5)
        assert staying.bye().status == 200


def test_606_busy(secure_server, telephone):
    telephone.dial(secure_server.uri("606", telephone.transport))
    telephone.wait(r"Call \d+ with \S+ (error|busy)", 5)
    assert "SIP/2.0 486 Busy Here" in (telephone.folder / "linphone.log").read_text(errors="replace")
