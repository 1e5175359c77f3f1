"""Music on hold as a SIP target (RFC 7088): a telephone that holds somebody calls `moh` with that somebody's media address.

The music goes to a third party, who has never sent a packet and never will; only signalling comes from the one who holds.
"""

import time

import numpy as np
import pytest

from harness import sound
from harness.call import Call, calling
from harness.message import SDP, offer
from harness.rtp import RTPParty
from harness.server import Server
from harness.telephone import Telephone
from harness.wait import until


@pytest.fixture
def held():
    """Whoever is held: elsewhere, and silent."""
    parties = []

    def make(host: str = "127.0.0.1") -> RTPParty:
        parties.append(RTPParty(host))
        return parties[-1]

    yield make
    for party in parties:
        party.close()


def described(party: RTPParty, direction: str = "recvonly", version: int = 1, **settings) -> bytes:
    """The held party's media, as the holder passes it on."""
    return offer(party.port, direction=direction, version=version, address=party.host, **settings)


def hears_music(party: RTPParty, music, seconds: float = 3, since: int = 0) -> None:
    until(lambda: len(party.heard(since).samples) > seconds * 8000, seconds + 6, f"{seconds} s of music")
    heard = party.heard(since)
    found = sound.align(heard.steady[1600 : int(seconds * 8000)], np.concatenate([music, music]))
    assert found.correlation > 0.95 and abs(found.gain) < 1, found
    assert heard.gaps == 0
    assert party.sent == [], "the held party sends nothing in this test"


def hears_nothing(party: RTPParty, seconds: float = 1.0) -> None:
    time.sleep(0.3)
    count = party.count()
    time.sleep(seconds)
    assert party.count() == count, f"{party.count() - count} packets arrive"


@pytest.mark.parametrize("direction, answered", [("recvonly", "sendonly"), ("sendrecv", "sendrecv")])
def test_music_goes_to_the_address_in_the_offer(server, transport, music, held, direction, answered):
    party = held()
    with calling(server, transport, "moh", answered=False) as call:
        call.invite(described(party, direction))
        assert call.final().status == 200
        assert call.answer.direction() == answered
        hears_music(party, music)
        assert call.party.count() == 0, "the one who holds gets no sound"
        assert call.bye().status == 200
        hears_nothing(party)


def test_the_held_party_is_at_another_address(server, music, held):
    """From a listed peer an offer may name media elsewhere."""
    party = held("127.0.0.2")
    with calling(server, "udp", "moh", answered=False) as call:
        call.invite(described(party))
        assert call.final().status == 200
        hears_music(party, music)
        assert set(party.sources) == {(call.answer.address, call.answer.port)}
        assert call.bye().status == 200


def test_a_late_offer(server, transport, music, held):
    """The INVITE asks for our offer; the held party's answer comes in the ACK."""
    party = held()
    with calling(server, transport, "moh", answered=False) as call:
        call.invite(b"")
        response = call.wait_status(200, 699)
        assert response.status == 200
        call.learn(response)
        assert call.answer.direction() in ("sendonly", "sendrecv"), "an offer of music is one to send"
        hears_nothing(party, 0.5)
        call.ack(response, described(party))
        hears_music(party, music)
        assert call.bye().status == 200


def test_a_sendonly_offer_gets_no_music_until_it_changes(server, music, held):
    """The held party holds as well: it wants to hear nothing."""
    party = held()
    with calling(server, "udp", "moh", answered=False) as call:
        call.invite(described(party, "sendonly"))
        assert call.final().status == 200
        assert call.answer.direction() == "recvonly"
        hears_nothing(party)
        assert call.reinvite(described(party, "recvonly", 2)).status == 200
        assert call.answer.direction() == "sendonly"
        hears_music(party, music)
        assert call.reinvite(described(party, "inactive", 3)).status == 200
        assert call.answer.direction() == "inactive"
        hears_nothing(party)
        assert call.bye().status == 200


@pytest.mark.parametrize("other", ["127.0.0.1", "127.0.0.3"])
def test_a_reinvite_moves_the_stream(server, transport, music, held, other):
    """The held party moves, or another is held in its place: the music follows and goes on where it was."""
    first, second = held(), held(other)
    with calling(server, transport, "moh", answered=False) as call:
        call.invite(described(first))
        assert call.final().status == 200
        hears_music(first, music, 2)
        assert call.reinvite(described(second, version=2)).status == 200
        hears_music(second, music, 2)
        hears_nothing(first, 0.5)
        last, next_ = first.received[-1], second.received[0]
        assert next_.ssrc == last.ssrc and 0 < ((next_.sequence - last.sequence) & 0xFFFF) < 10, "one stream, not another"
        both = np.concatenate([first.heard().samples[-8000:], second.heard().samples[:8000]])
        found = sound.align(both, np.concatenate([music, music]))
        assert found.correlation > 0.9, f"the music jumped: {found}"
        assert call.bye().status == 200


def test_a_reinvite_without_an_offer_moves_the_stream_too(server, music, held):
    """RFC 3261 section 14.1: the holder asks for our description again and answers it for the held party in its ACK."""
    first, second = held(), held()
    with calling(server, "udp", "moh", answered=False) as call:
        call.invite(described(first))
        assert call.final().status == 200
        hears_music(first, music, 1)
        response = call.reinvite(b"")
        assert response.status == 200
        offered = SDP(response.body.decode())
        assert offered.port and offered.direction() in ("sendrecv", "sendonly")
        call.ack(response, described(second, version=2))
        hears_music(second, music, 2)
        hears_nothing(first, 0.5)
        assert call.bye().status == 200


@pytest.mark.parametrize("formats, extra, payload_type", [
    ("8 0 101", "", 8), ("18 9 0 96", "", 9), ("18 0 9 96", "", 0),
    ("97", "a=rtpmap:97 PCMU/8000", 97), ("112 8", "a=rtpmap:112 PCMA/8000", 112)])
def test_payload_types_are_those_of_the_offer(server, held, formats, extra, payload_type):
    """RFC 7088 section 2.8: the numbers mean what the held party means by them."""
    party = held()
    with calling(server, "udp", "moh", answered=False) as call:
        call.invite(described(party, formats=formats, extra=extra, event_type=96))
        assert call.final().status == 200
        assert set(call.answer.media[0][3]) <= set(formats.split())
        party.wait_packets(50, 5)
        assert {packet.payload_type for packet in party.received} == {payload_type}
        assert call.bye().status == 200


@pytest.fixture(scope="module")
def impatient(folder, media_ports):
    """A server that asks after two seconds of silence whether the caller still lives."""
    server = Server(folder / "impatient", media=media_ports(), media_extra=", silence: 2s").start()
    yield server
    assert server.stop() == 0


def probes(call) -> int:
    return call.count(lambda m: m.status is None and m.method == "OPTIONS")


def test_silence_of_a_party_that_only_listens_is_no_sign_of_death(impatient, music, held):
    party = held()
    with calling(impatient, "udp", "moh", answered=False) as call:
        call.invite(described(party))
        assert call.final().status == 200
        hears_music(party, music, 6)
        assert probes(call) == 0
        assert call.bye().status == 200


def test_silence_of_a_party_that_could_speak_is_asked_about(impatient, music, held):
    party = held()
    with calling(impatient, "udp", "moh", answered=False) as call:
        call.invite(described(party, "sendrecv"))
        assert call.final().status == 200
        until(lambda: probes(call) > 0, 8, "an OPTIONS in the dialog")
        assert call.count(lambda m: m.method == "BYE" and m.status is None) == 0
        hears_music(party, music, 3)
        assert call.bye().status == 200


def test_a_holder_who_does_not_know_the_call_any_more_is_released(impatient, held):
    party = held()
    with Telephone(impatient.endpoint(), "udp") as telephone:
        telephone.answers_requests = False
        call = Call(telephone, "moh")
        call.invite(described(party, "sendrecv"))
        assert call.final().status == 200
        probe = call.wait_request("OPTIONS", 10)
        telephone.send(telephone.reply(probe, "481 Call/Transaction Does Not Exist"))
        bye = telephone.look(lambda m: m.method == "BYE" and m.status is None, 3)
        if bye:
            telephone.send(telephone.reply(bye, "200 OK"))
        call.over = True
        hears_nothing(party)


def test_many_are_held_at_once(server, music, held):
    parties = [held() for _ in range(20)]
    with Telephone(server.endpoint(), "udp") as telephone:
        calls = [Call(telephone, "moh") for _ in parties]
        for call, party in zip(calls, parties):
            call.invite(described(party))
        for call in calls:
            assert call.final().status == 200
        for party in parties:
            hears_music(party, music, 2)
        for call in calls:
            assert call.bye().status == 200
