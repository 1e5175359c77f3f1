"""Offers and answers (RFC 3264) as callers make them, and what is then heard."""

import time

import pytest

from harness import sound
from harness.call import calling
from harness.message import SDP, offer
from harness.rtp import RTPParty


def echo_level(call, hertz: float = 600, seconds: float = 2.0, **settings) -> float:
    count = call.party.count()
    call.say(sound.tone(hertz, seconds), **settings)
    call.party.wait_played(seconds + 4)
    return sound.level_of(hertz, call.party.heard(count).samples[4000:])


@pytest.mark.parametrize("ptime", [10, 20, 30, 40, 60])
def test_packet_times(server, ptime):
    with calling(server, "udp", "600", ptime=ptime) as call:
        assert echo_level(call, ptime=ptime) == pytest.approx(-15, abs=1)
        sizes = {len(packet.payload) for packet in call.party.heard().packets[3:]}
        assert sizes == {ptime * 8}, f"offered ptime {ptime}, packets of {sizes} bytes arrive"
        assert call.bye().status == 200


def test_packet_time_of_the_sender_may_differ_from_what_was_agreed(server):
    with calling(server, "udp", "600", ptime=20) as call:
        assert echo_level(call, ptime=60) == pytest.approx(-15, abs=1)
        assert echo_level(call, 700, ptime=10) == pytest.approx(-15, abs=1)


@pytest.mark.parametrize("payload_type, formats", [(0, "0 101"), (8, "8 101"), (8, "8 0"), (0, "18 0 101"), (8, "4 3 8 96")])
def test_the_codec_follows_the_offer(server, transport, payload_type, formats):
    with calling(server, transport, "600", formats=formats) as call:
        kind, port, proto, answered = call.answer.media[0]
        assert (kind, proto, answered[0]) == ("audio", "RTP/AVP", str(payload_type)) and port
        assert set(answered) <= set(formats.split()), "an answer names only what was offered"
        assert echo_level(call, payload_type=payload_type) == pytest.approx(-15, abs=1)
        assert {packet.payload_type for packet in call.party.heard().packets} == {payload_type}


def test_a_law_without_rtpmap(server):
    """Static payload types need no rtpmap (RFC 3551)."""
    with calling(server, "udp", "600", answered=False) as call:
        body = f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {call.party.port} RTP/AVP 8\r\n"
        call.invite(body.encode())
        assert call.final().status == 200
        assert echo_level(call, payload_type=8) == pytest.approx(-15, abs=1)


@pytest.mark.parametrize("event_type", [96, 100, 101, 110, 127])
def test_telephone_event_keeps_the_offered_payload_type(server, event_type):
    with calling(server, "udp", "600", formats=f"0 {event_type}", event_type=event_type) as call:
        assert call.answer.has(f"a=rtpmap:{event_type} telephone-event/8000"), call.answer.text
        assert str(event_type) in call.answer.media[0][3]


def test_no_telephone_event_where_none_was_offered(server):
    with calling(server, "udp", "600", formats="0") as call:
        assert "telephone-event" not in call.answer.text


@pytest.mark.parametrize("formats, proto", [("18", "RTP/AVP"), ("4 98", "RTP/AVP"), ("0 8", "RTP/SAVP"), ("0", "UDP/TLS/RTP/SAVPF")])
def test_nothing_in_common_is_488(server, transport, formats, proto):
    with calling(server, transport, "600", answered=False) as call:
        call.invite(call.offer(formats=formats, event_type=0).replace(b"RTP/AVP", proto.encode()))
        assert call.final().status == 488


def test_an_offer_that_is_no_sdp_is_400(server):
    with calling(server, "udp", "600", answered=False) as call:
        call.invite(b"this is no session description\r\n")
        assert call.final().status in (400, 488)


def test_a_foreign_content_type_is_415(server):
    with calling(server, "udp", "600", answered=False) as call:
        invite = call.request("INVITE", b"<x/>")
        invite.headers = [(n, "application/xml" if n == "Content-Type" else v) for n, v in invite.headers]
        call.invite_message = invite
        call.telephone.send(invite)
        response = call.final()
        assert response.status == 415
        assert "application/sdp" in response["accept"]


def test_unknown_media_lines_are_answered_with_port_0(server):
    with calling(server, "udp", "600", before="m=video 40000 RTP/AVP 96\r\na=rtpmap:96 VP8/90000",
                 extra="m=application 40002 UDP/BFCP *\r\nm=audio 40004 RTP/AVP 0") as call:
        media = call.answer.media
        assert [kind for kind, _, _, _ in media] == ["video", "audio", "application", "audio"]
        assert [port > 0 for _, port, _, _ in media] == [False, True, False, False]
        assert [proto for _, _, proto, _ in media] == ["RTP/AVP", "RTP/AVP", "UDP/BFCP", "RTP/AVP"]
        call.party.remote = (call.answer.address, media[1][1])
        assert echo_level(call) == pytest.approx(-15, abs=1)


def test_a_late_offer(server, transport):
    with calling(server, transport, "600", answered=False) as call:
        call.invite(b"")
        response = call.wait_status(200, 699)
        assert response.status == 200 and response.body, "a 200 to an INVITE without an offer makes one"
        call.learn(response)
        assert "0" in call.answer.media[0][3] and "8" in call.answer.media[0][3]
        call.ack(response, call.offer(formats="8 101"))
        assert echo_level(call, payload_type=8) == pytest.approx(-15, abs=1)
        assert {packet.payload_type for packet in call.party.heard().packets} == {8}
        assert call.bye().status == 200


def test_a_late_offer_answered_with_nothing_in_common_ends_the_call(server):
    with calling(server, "udp", "600", answered=False) as call:
        call.invite(b"")
        response = call.wait_status(200)
        call.learn(response)
        call.ack(response, call.offer(formats="18", event_type=0))
        call.wait_request("BYE")
        call.over = True


def packets_within(call, seconds: float) -> int:
    time.sleep(0.3)
    count = call.party.count()
    time.sleep(seconds)
    return call.party.count() - count


@pytest.mark.parametrize("held, expected", [("sendonly", "recvonly"), ("inactive", "inactive")])
def test_hold_and_resume(server, transport, held, expected):
    with calling(server, transport, "602") as call:
        assert packets_within(call, 1) > 20
        before = call.answer.origin()
        assert call.reinvite(direction=held).status == 200
        assert call.answer.direction() == expected
        after = call.answer.origin()
        assert after[0] == before[0] and after[1] == before[1] + 1, "o= keeps its id and its version rises by one"
        assert packets_within(call, 1) == 0, "sound is sent to a caller who holds"
        assert call.reinvite(direction="sendrecv").status == 200
        assert call.answer.direction() == "sendrecv"
        assert packets_within(call, 1) > 20
        packets = call.party.heard().packets
        assert len({packet.ssrc for packet in packets}) == 1
        assert call.bye().status == 200


def test_hold_by_an_address_of_zero(server):
    """RFC 2543's hold, which RFC 3264 section 8.4 still wants understood."""
    with calling(server, "udp", "602") as call:
        call.party.wait_packets(20, 4)
        assert call.reinvite(address="0.0.0.0").status == 200
        assert packets_within(call, 1) == 0
        assert call.reinvite().status == 200
        assert packets_within(call, 1) > 20


def test_a_caller_that_only_listens(server):
    with calling(server, "udp", "602", direction="recvonly") as call:
        assert call.answer.direction() == "sendonly"
        assert packets_within(call, 1) > 20


def test_a_late_offer_in_the_dialog(server):
    with calling(server, "udp", "600") as call:
        response = call.reinvite(b"")
        assert response.status == 200
        offered = SDP(response.body.decode())
        assert offered.port and "0" in offered.media[0][3]
        call.learn_media(response.body)
        call.ack(response, call.offer(formats="0 101"))
        assert echo_level(call) == pytest.approx(-15, abs=1)


def test_a_change_of_the_media_address(server):
    """After a re-INVITE the sound goes to the new address, as with a transferred or moved telephone."""
    with calling(server, "udp", "602") as call:
        call.party.wait_packets(20, 4)
        moved = RTPParty()
        try:
            assert call.reinvite(offer(moved.port, version=2)).status == 200
            moved.wait_packets(30, 4)
            time.sleep(0.2)
            count = call.party.count()
            time.sleep(0.5)
            assert call.party.count() == count
        finally:
            moved.close()


def test_a_refused_change_leaves_the_call_as_it_was(server):
    with calling(server, "udp", "600") as call:
        assert call.reinvite(formats="18", event_type=0).status == 488
        assert echo_level(call) == pytest.approx(-15, abs=1)
        assert call.bye().status == 200


def test_a_caller_behind_a_translator_is_heard_and_hears(server):
    """Symmetric RTP: the offer names an address nobody listens at; sound goes to where sound came from."""
    with calling(server, "udp", "600", answered=False) as call:
        call.invite(offer(9))
        assert call.final().status == 200
        assert echo_level(call) == pytest.approx(-15, abs=1)


def test_an_unchanged_offer_keeps_the_version(server):
    with calling(server, "udp", "600") as call:
        before = call.answer.origin()
        call.version -= 1
        assert call.reinvite().status == 200
        assert call.answer.origin() == before
