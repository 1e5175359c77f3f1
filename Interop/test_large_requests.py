"""Requests of the server that are too large for UDP go by TCP, and by UDP where nobody takes TCP (RFC 3261 section 18.1.1)."""

import socket
import threading
import time

import pytest

from harness import sound
from harness.call import calling
from harness.mailboxes import asked
from harness.message import Message, parse
from harness.ports import client_ports
from harness.server import REPOSITORY
from harness.telephone import token
from harness.wait import until

LIMIT = 1300
DIAL = """scenario: NAME
states:
  start:
    - dial:
        to: "sip:600@127.0.0.1:PORT"
        timeout: 20s
        headers: {HEADERS}
        ended: {goto: over}
        busy: {reject: 486}
        else: {reject: 404}
  over:
    - hangup
"""
LARGE = ", ".join(f'X-Ballast-{n}: "{"b" * 200}"' for n in range(6))


class Callee:
    """Listens on UDP, and on TCP at the same port unless told not to; answers INVITEs with `status` and keeps all that comes."""

    def __init__(self, status: str, tcp: bool = True):
        self.status, self.port = status, client_ports(1)
        self.inbox: list[tuple[str, Message]] = []
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.listening = socket.create_server(("127.0.0.1", self.port)) if tcp else None
        self.connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=work, daemon=True) for work in ([self._datagrams] + [self._accept] * tcp)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> "Callee":
        return self

    def __exit__(self, *_) -> None:
        for each in [self.udp, *([self.listening] if self.listening else []), *self.connections]:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()
        for thread in self._threads:
            thread.join(2)

    def _datagrams(self) -> None:
        while True:
            try:
                data, source = self.udp.recvfrom(65536)
            except OSError:
                return
            if not data:
                return
            self._take("udp", data, lambda answer, to=source: self.udp.sendto(answer, to))

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            self.connections.append(connection)
            held = b""
            while data := self._received(connection):
                held += data
                while size := self._size(held):
                    self._take("tcp", held[:size], connection.sendall)
                    held = held[size:]

    @staticmethod
    def _size(held: bytes) -> int:
        """Of the message that it begins with; 0 while that is not whole."""
        end = held.find(b"\r\n\r\n") + 4
        size = end + int(parse(held[:end])["content-length"]) if end > 4 else 0
        return size if size <= len(held) else 0

    @staticmethod
    def _received(connection: socket.socket) -> bytes:
        try:
            return connection.recv(65536)
        except OSError:
            return b""

    def _take(self, transport: str, data: bytes, send) -> None:
        message = parse(data, time.monotonic())
        self.inbox.append((transport, message))
        if message.method == "INVITE":
            send(self.answer(message, self.status))
        elif message.method == "CANCEL":
            send(self.answer(message, "200 OK"))
            send(self.answer(next(m for _, m in self.inbox if m.method == "INVITE"), "487 Request Terminated"))

    def answer(self, request: Message, status: str) -> bytes:
        kept = [(name.title(), value) for name, value in request.headers if name in ("via", "from", "to", "call-id", "cseq")]
        kept = [(n, f"{v};tag=callee" if n == "To" and "tag=" not in v else v) for n, v in kept]
        return Message(f"SIP/2.0 {status}", kept + [("Contact", f"<sip:600@127.0.0.1:{self.port}>"), ("Content-Length", "0")]).encode()

    def got(self, method: str, timeout: float = 8) -> tuple[str, Message]:
        return until(lambda: next(((t, m) for t, m in self.inbox if m.method == method), None), timeout, f"{method} at the callee")


@pytest.fixture
def dialler(own_server, folder):
    """A server whose 700 dials 600 at a port of this machine, with headers of its own."""
    def make(port: int, headers: str):
        scenarios = folder / f"scenarios-{token(6)}"
        scenarios.mkdir()
        (scenarios / "out.yaml").write_text(DIAL.replace("NAME", "out").replace("PORT", str(port)).replace("HEADERS", headers))
        return own_server(extra=f'scenarios: {scenarios}\nprompts: {REPOSITORY}/prompts\ndial_targets: ["sip:*@127.0.0.1:{port}"]\n'
                          'routes:\n  - {dial: "700", scenario: out}\nservices: false\n')

    return make


def test_what_is_large_goes_by_tcp(dialler):
    with Callee("486 Busy Here") as callee:
        with calling(dialler(callee.port, LARGE), "udp", "700", answered=False) as call:
            call.invite()
            assert call.final(15).status == 486
        transport, invite = callee.got("INVITE")
        assert transport == "tcp" and len(invite.raw) > LIMIT and invite["via"].startswith("SIP/2.0/TCP ")
        assert callee.got("ACK")[0] == "tcp"
        assert {t for t, _ in callee.inbox} == {"tcp"}, "something went by UDP as well"


def test_what_is_small_stays_on_udp(dialler):
    with Callee("486 Busy Here") as callee:
        with calling(dialler(callee.port, 'X-Ballast: "b"'), "udp", "700", answered=False) as call:
            call.invite()
            assert call.final(15).status == 486
        transport, invite = callee.got("INVITE")
        assert transport == "udp" and len(invite.raw) <= LIMIT and invite["via"].startswith("SIP/2.0/UDP ")
        callee.got("ACK")
        assert {t for t, _ in callee.inbox} == {"udp"} and not callee.connections


def test_where_nobody_takes_tcp_it_goes_by_udp_after_all(dialler):
    with Callee("486 Busy Here", tcp=False) as callee:
        server = dialler(callee.port, LARGE)
        for count in (1, 2):
            with calling(server, "udp", "700", answered=False) as call:
                started = time.monotonic()
                call.invite()
                assert call.final(15).status == 486
                assert time.monotonic() - started < 4, "the refusal was not noticed at once"
            invites = [m for _, m in callee.inbox if m.method == "INVITE"]
            assert len({m["call-id"] for m in invites}) == count
            assert len(invites[-1].raw) > LIMIT and invites[-1]["via"].startswith("SIP/2.0/UDP ")


def test_a_cancel_goes_the_way_of_its_invite(dialler):
    with Callee("180 Ringing") as callee, calling(dialler(callee.port, LARGE), "udp", "700", answered=False) as call:
        call.invite()
        callee.got("INVITE")
        call.wait_status(180)
        call.cancel()
        assert call.final().status == 487
        transport, cancel = callee.got("CANCEL")
        invite = callee.got("INVITE")[1]
        assert transport == "tcp" and cancel["via"] == invite["via"]
        assert callee.got("ACK")[0] == "tcp" and len(callee.connections) == 1


def test_a_conversation_that_began_by_tcp(dialler, server):
    bridge = dialler(server.port, LARGE)
    with calling(bridge, "udp", "700") as call:
        call.say(sound.tone(620, 4))
        until(lambda: len(call.party.heard().samples) > 3 * 8000, 15, "the echo through both servers")
        heard = call.party.heard().samples
        begin, end = sound.loud_part(heard, -40)
        assert end - begin > 8000 and sound.level_of(620, heard[begin + 1600 : end - 800]) == pytest.approx(-15, abs=1)
        assert call.bye().status == 200
        shown = asked(bridge, "trace")
    sent = [m["text"] for m in shown if m["text"].startswith("INVITE sip:600@")]
    assert sent and all("Via: SIP/2.0/TCP" in text and len(text) > LIMIT for text in sent)
    until(lambda: any(m["text"].startswith("BYE") and f":{server.port}" in m["text"].split("\n")[0] for m in asked(bridge, "trace")), 8,
          "the BYE to the callee")
