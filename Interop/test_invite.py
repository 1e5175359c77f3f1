"""INVITE, ACK, CANCEL and BYE when messages are lost, repeated or cross each other."""

import time

import pytest

from harness import sound
from harness.call import Call, calling
from harness.message import Message
from harness.telephone import Telephone
from harness.wait import until


def finals(call) -> list[Message]:
    return [m for m in call.telephone.inbox if call.mine(m) and (m.status or 0) >= 200 and m.cseq[1] == "INVITE"]


def echo_works(call) -> None:
    count = call.party.count()
    call.say(sound.tone(500, 1.5))
    until(lambda: call.party.count() > count + 40, 5, "the echo")
    assert sound.level_of(500, call.party.heard(count).samples) > -20


def test_a_repeated_invite_is_answered_alike_and_is_no_second_call(server):
    with calling(server, "udp", "600", answered=False) as call:
        invite = call.invite()
        for _ in range(3):
            time.sleep(0.05)
            call.telephone.send(invite)
        first = call.wait_status(200)
        call.learn(first)
        time.sleep(0.3)
        call.telephone.send(invite)
        time.sleep(0.3)
        assert len({m.to_tag for m in finals(call)}) == 1
        assert len({m.body for m in finals(call)}) == 1, "another answer with another port would be another call"
        call.ack(first)
        echo_works(call)
        assert len({packet.ssrc for packet in call.party.received}) == 1
        assert call.bye().status == 200


def test_a_copy_of_the_invite_after_the_ack_is_no_second_call(server):
    with calling(server, "udp", "600") as call:
        before = len(call.telephone.inbox)
        for _ in range(3):
            call.telephone.send(call.invite_message)
            time.sleep(0.2)
        late = [m for m in call.telephone.inbox[before:] if m.status]
        assert not [m for m in late if m.to_tag != call.to_tag], "the copy was taken for a new call"
        assert not [m for m in late if m.status >= 300], f"the copy was refused: {[m.start for m in late]}"
        echo_works(call)
        assert call.bye().status == 200


def test_the_same_invite_on_two_ways_is_merged(server):
    """RFC 3261 section 8.2.2.2: same From tag, Call-ID and CSeq, another branch, no To tag."""
    with calling(server, "udp", "600") as call:
        copy = Message(call.invite_message.start, [(n, call.telephone.via() if n == "Via" else v) for n, v in call.invite_message.headers],
                       call.invite_message.body)
        since = len(call.telephone.inbox)
        call.telephone.send(copy)
        response = call.wait_status(200, 699, since=since)
        assert response.status == 482
        call.invite_message = copy
        call.ack(response)
        echo_works(call)


def test_the_200_is_repeated_until_the_ack(server, transport):
    """RFC 3261 section 13.3.1.4: T1, doubling, over every transport."""
    with calling(server, transport, "600", answered=False) as call:
        call.invite()
        until(lambda: len(finals(call)) >= 4, 8, "four copies of the 200")
        times = [m.at for m in finals(call)[:4]]
        gaps = [after - before for before, after in zip(times, times[1:])]
        assert gaps == pytest.approx([0.5, 1.0, 2.0], abs=0.25)
        call.learn(finals(call)[0])
        call.ack(finals(call)[0])
        count = len(finals(call))
        time.sleep(4.5)
        assert len(finals(call)) == count, "the 200 goes on after the ACK"
        assert call.bye().status == 200


@pytest.mark.slow
def test_without_an_ack_the_server_hangs_up_after_32_seconds(server, transport):
    with calling(server, transport, "602", answered=False) as call:
        call.invite()
        first = call.wait_status(200)
        call.learn(first)
        bye = call.wait_request("BYE", 40)
        call.over = True
        assert bye.at - first.at == pytest.approx(32, abs=2)
        # 0, 0.5, 1.5, 3.5, 7.5, then each T2 = 4 s.
        assert 9 <= len(finals(call)) <= 12
        time.sleep(0.5)
        count = call.party.count()
        time.sleep(0.5)
        assert call.party.count() == count, "sound goes on after the BYE"


def test_cancel_ends_a_ringing_call(server, transport):
    with calling(server, transport, "604", answered=False) as call:
        call.invite()
        call.wait_status(180)
        call.cancel()
        assert call.wait_status(200, method="CANCEL").status == 200
        response = call.wait_status(200, 699)
        assert response.status == 487
        call.over = True
        if transport == "udp":
            # Timer G: the 487 is repeated until its ACK.
            until(lambda: len(finals(call)) >= 2, 3, "the 487 again")
        call.ack(response)
        count = len(finals(call))
        time.sleep(1.5)
        assert len(finals(call)) <= count + 1


def test_cancel_after_the_answer_changes_nothing(server):
    with calling(server, "udp", "600") as call:
        call.cancel()
        assert call.wait_status(200, 699, "CANCEL").status in (200, 481)
        echo_works(call)
        assert call.bye().status == 200


def test_cancel_of_nothing_is_481(server, transport):
    with Telephone(server.endpoint(), transport) as telephone:
        assert telephone.ask(telephone.request("CANCEL", "600")).status == 481


def test_bye_before_the_ack(server):
    with calling(server, "udp", "600", answered=False) as call:
        call.invite()
        call.learn(call.wait_status(200))
        assert call.bye().status == 200
        count = len(finals(call))
        time.sleep(2)
        assert len(finals(call)) <= count, "a hung up call still repeats its 200"


def test_bye_on_a_ringing_call(server):
    """RFC 3261 section 15: the caller may end an early dialog with BYE; the INVITE is answered 487."""
    with calling(server, "udp", "604", answered=False) as call:
        call.invite()
        invite = call.invite_message
        call.learn(call.wait_status(180))
        call.telephone.send(call.request("BYE"))
        assert call.wait_status(200, 699, "BYE").status == 200
        response = call.wait_status(200, 699)
        call.over = True
        assert response.status == 487
        call.invite_message = invite
        call.ack(response)


def test_bye_stops_the_sound_and_a_second_bye_finds_nothing(server, transport):
    with calling(server, transport, "602") as call:
        call.party.wait_packets(20, 5)
        assert call.bye().status == 200
        time.sleep(0.3)
        count = call.party.count()
        time.sleep(0.5)
        assert call.party.count() == count
        since = len(call.telephone.inbox)
        call.telephone.send(call.request("BYE"))
        assert call.wait_status(200, 699, "BYE", since=since).status == 481


def test_a_repeated_bye_is_answered_alike(server):
    with calling(server, "udp", "600") as call:
        bye = call.request("BYE")
        call.over = True
        call.telephone.send(bye)
        call.wait_status(200, method="BYE")
        call.telephone.send(bye)
        until(lambda: call.count(lambda m: m.status == 200 and m.cseq[1] == "BYE") == 2, 3, "the 200 once more")


@pytest.mark.slow
def test_the_servers_own_bye_takes_the_recorded_route(server):
    """RFC 3261 section 12.1.1: Record-Route is echoed in order with its parameters, and is the route of the server's BYE."""
    with Telephone(server.endpoint(), "udp", "proxy") as proxy, Telephone(server.endpoint(), "udp") as telephone:
        routes = (f"<sip:{proxy.host}:{proxy.port};lr;ftag=a1>;x=1", "<sip:127.0.0.1:9;lr>")
        call = Call(telephone, "601", record_route=routes)
        response = call.answered()
        assert response.all("record-route") in ([*routes], [", ".join(routes)]), response.all("record-route")
        bye = proxy.wait(lambda m: m.status is None and m.method == "BYE", 42, "BYE at the proxy")
        call.over = True
        assert bye["call-id"] == call.call_id
        assert bye.start.split()[1].startswith(f"sip:{telephone.user}@{telephone.host}:{telephone.port}"), bye.start
        assert [r.split(">")[0] for r in ",".join(bye.all("route")).split(",")] == [
            f"<sip:{proxy.host}:{proxy.port};lr;ftag=a1", "<sip:127.0.0.1:9;lr"]


def test_a_dialog_that_takes_a_route_is_still_found(server):
    with Telephone(server.endpoint(), "udp") as telephone:
        call = Call(telephone, "600", record_route=("<sip:127.0.0.1:9;lr>",))
        call.answered()
        assert call.routes
        echo_works(call)
        assert call.bye().status == 200


def test_an_old_cseq_in_the_dialog_is_refused(server):
    """RFC 3261 section 12.2.2."""
    with calling(server, "udp", "600") as call:
        call.cseq = 10
        assert call.reinvite().status == 200
        old = call.request("OPTIONS", cseq=3)
        call.telephone.send(old)
        assert call.wait_status(200, 699, "OPTIONS").status == 500
        assert call.bye().status == 200


def test_a_second_invite_before_the_first_is_answered(server):
    """RFC 3261 section 14.2: 500 with Retry-After (or 491)."""
    with calling(server, "udp", "604", answered=False) as call:
        call.invite()
        first = call.invite_message
        call.learn(call.wait_status(180))
        second = call.request("INVITE", call.offer())
        call.telephone.send(second)
        response = call.wait_status(200, 699, cseq=2)
        assert response.status in (500, 491)
        call.invite_message = second
        call.ack(response)
        call.invite_message, call.to_tag, call.cseq = first, "", 1
        call.cancel()
        assert call.final().status == 487


def test_many_calls_at_once_keep_their_own_tones(server):
    """Each party sends its own tone and hears that and no other."""
    with Telephone(server.endpoint(), "udp") as telephone:
        calls = [(Call(telephone, "600"), 400 + 130 * index) for index in range(12)]
        for call, _ in calls:
            call.invite()
        for call, hertz in calls:
            call.final()
            call.say(sound.tone(hertz, 3))
        for call, _ in calls:
            call.party.wait_played(8)
        for call, hertz in calls:
            heard = call.party.heard().samples[8000:-1600]
            assert sound.level_of(hertz, heard) == pytest.approx(-15, abs=1)
            assert sound.rest_beside(hertz, heard) < -40
        for call, _ in calls:
            assert call.bye().status == 200
