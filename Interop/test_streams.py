"""SIP over TCP when segments do not fall where messages do."""

import socket
import time

import pytest

from harness import sound
from harness.call import Call, calling
from harness.telephone import Telephone
from harness.wait import until


@pytest.fixture
def telephone(server):
    with Telephone(server.endpoint(), "tcp") as telephone:
        yield telephone


def test_two_messages_in_one_segment(telephone):
    first, second = telephone.request("OPTIONS"), telephone.request("OPTIONS", headers=(("Max-Forwards", "0"),))
    telephone.send(first.encode() + second.encode())
    until(lambda: len(telephone.inbox) == 2, 5, "two responses")
    assert [m.status for m in telephone.inbox] == [200, 483]


def test_one_message_in_many_segments(telephone):
    raw = telephone.request("OPTIONS").encode()
    for begin in range(0, len(raw), 23):
        telephone.send(raw[begin : begin + 23])
        time.sleep(0.01)
    assert telephone.wait(lambda m: True).status == 200


def test_a_cut_within_the_body_and_at_its_edges(server):
    with calling(server, "tcp", "600", answered=False) as call:
        invite = call.request("INVITE", call.offer())
        call.invite_message = invite
        raw = invite.encode()
        edge = raw.index(b"\r\n\r\n")
        ping = call.telephone.request("OPTIONS").encode()
        for piece in (raw[: edge + 2], raw[edge + 2 : edge + 4], raw[edge + 4 : -5], raw[-5:] + ping[:30], ping[30:]):
            call.telephone.send(piece)
            time.sleep(0.05)
        assert call.final().status == 200
        call.telephone.wait(lambda m: m.status == 200 and m.cseq[1] == "OPTIONS")


def test_keep_alive_is_answered(telephone):
    """RFC 5626 section 3.5.1: CRLF CRLF is answered by CRLF; between messages it does no harm."""
    telephone.send(b"\r\n\r\n")
    until(lambda: telephone.pongs >= 1, 3, "the CRLF")
    telephone.send(b"\r\n\r\n" + telephone.request("OPTIONS").encode())
    assert telephone.wait(lambda m: True).status == 200


@pytest.mark.parametrize("length", ["-1", "x", "4294967296", "99999999999999999999999"])
def test_a_length_that_cannot_be_ends_the_connection_only(server, length):
    with Telephone(server.endpoint(), "tcp") as telephone:
        telephone.send(telephone.request("OPTIONS", headers=(("Content-Length", length),)))
        until(lambda: telephone.closed_by_server.is_set() or telephone.inbox, 5, "a 400 or the end of the connection")
        assert all(m.status == 400 or m.status == 413 for m in telephone.inbox), telephone.inbox
    server.assert_alive()


def test_an_endless_header_is_not_kept(server):
    """Bounded: megabytes without an end of the head end the connection and do not stay in memory."""
    before = server.memory()
    with socket.create_connection(server.endpoint(), 5) as raw:
        raw.settimeout(5)
        closed = False
        try:
            raw.sendall(b"OPTIONS sip:x SIP/2.0\r\nSubject: ")
            for _ in range(256):
                raw.sendall(b"a" * 65536)
            while raw.recv(4096):
                pass
            closed = True
        except TimeoutError:
            pass
        except ConnectionError:
            closed = True
    assert closed, "16 MB of one header are still being read"
    assert server.memory() - before < 16 << 20
    server.assert_alive()


def test_a_connection_that_breaks_in_the_middle(server):
    for cut in (1, 40, 200):
        telephone = Telephone(server.endpoint(), "tcp")
        telephone.send(telephone.request("OPTIONS").encode()[:cut])
        telephone.close()
    server.assert_alive()


def test_a_caller_whose_connection_breaks_leaves_the_server_well(server):
    telephone = Telephone(server.endpoint(), "tcp")
    call = Call(telephone, "600")
    call.answered()
    call.say(sound.tone(400, 1))
    call.party.wait_packets(20, 5)
    telephone.socket.shutdown(socket.SHUT_RDWR)
    telephone.close()
    server.assert_alive()


def test_the_same_call_over_one_connection_after_another(server):
    with Telephone(server.endpoint(), "tcp") as telephone:
        for _ in range(3):
            call = Call(telephone, "600")
            call.answered()
            assert call.bye().status == 200
