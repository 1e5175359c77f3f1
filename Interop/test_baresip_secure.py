"""baresip over TLS, and what its user does within a call: hold, resume, transfer."""

import itertools

import pytest

from conftest import prompt
from harness import baresip, sound
from harness.baresip import Baresip
from harness.call import calling
from harness.wait import until

pytestmark = pytest.mark.skipif(not (baresip.available() and baresip.module_path()),
                                reason="baresip is not installed (Debian: baresip-core)")

TONE, OTHER = 710, 1129
# Nobody else enters these, and who was transferred into one stays there.
_rooms = itertools.count(3500)


def baresip_at(folder, request, transport: str, authority) -> Baresip:
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)
    return Baresip(folder / "baresip" / name, transport, sound.tone(TONE, 45), authority=authority / "ca.pem")


@pytest.fixture
def room() -> str:
    return str(next(_rooms))


@pytest.fixture
def secure(folder, request, authority):
    with baresip_at(folder, request, "tls", authority) as telephone:
        yield telephone


@pytest.fixture
def telephone(folder, request, any_transport, authority):
    with baresip_at(folder, request, any_transport, authority) as telephone:
        yield telephone


def dial(telephone: Baresip, server, number: str) -> None:
    telephone.dial(number, server.endpoint(telephone.transport))
    telephone.wait_event("CALL_ESTABLISHED")


def test_600_echo_over_tls(secure_server, secure):
    dial(secure, secure_server, "600")
    secure.listen(4)
    secure.hang_up()
    secure.close()
    heard = secure.heard()
    begin, end = sound.loud_part(heard)
    steady = heard[begin + 8000 : end - 1600]
    assert len(steady) > 8000
    assert sound.strongest(steady) == pytest.approx(TONE, abs=2)
    assert sound.level_of(TONE, steady) == pytest.approx(-15, abs=1)


def test_two_in_a_room_hear_each_other_over_tls(secure_server, secure, room):
    with calling(secure_server, "udp", room) as call:
        call.say(sound.tone(OTHER, 30))
        dial(secure, secure_server, room)
        since = call.party.count()
        secure.listen(4)
        there = call.party.heard(since).samples[-2 * 8000 :]
        secure.hang_up()
        assert call.bye().status == 200
    secure.close()
    heard = secure.heard()
    here = heard[: sound.loud_part(heard)[1]][-2 * 8000 :]
    assert sound.level_of(TONE, there) > -20 and sound.level_of(OTHER, there) < -45
    assert sound.level_of(OTHER, here) > -20 and sound.level_of(TONE, here) < -45


def test_hold_and_resume(secure_server, telephone, room):
    with calling(secure_server, "udp", room) as call:
        dial(telephone, secure_server, room)
        until(lambda: hears(call, TONE), 8, "the tone of baresip in the room")
        telephone.command("hold")
        until(lambda: not hears(call, TONE), 8, "the end of the tone")
        telephone.command("resume")
        until(lambda: hears(call, TONE), 8, "the tone again")
        telephone.hang_up()
        assert call.bye().status == 200


def hears(call, hertz: float) -> bool:
    """Whether the last half second of what the caller heard holds a tone."""
    packets = call.party.count()
    return packets > 25 and sound.level_of(hertz, call.party.heard(packets - 25).samples) > -25


def test_transfer_to_602(secure_server, server, telephone, room):
    with calling(secure_server, "udp", room) as staying:
        dial(telephone, secure_server, room)
        since = staying.party.count()
        telephone.command("transfer", f"sip:602@127.0.0.1:{server.port}")
        until(lambda: sound.occurrences(prompt("en/demonstration.wav")[56_000:64_000], staying.party.heard(since).samples, 0.75), 15,
              "the speech of 602 in the room", 0.3)
        if not telephone.has("CALL_CLOSED"):
            telephone.wait_event("CALL_CLOSED")
        assert staying.bye().status == 200
