"""A call as its caller makes it: dialog state, session description and sound, each step called for by the test."""

import time
from contextlib import contextmanager

from .message import SDP, Message, offer, split_list, uri_of
from .rtp import RTPParty, Script
from .telephone import PATIENCE, Telephone, token


class Call:
    """One dialog as its caller. Nothing happens by itself but the answers to the server's BYE and OPTIONS."""

    def __init__(self, telephone: Telephone, number: str, caller: str | None = None, record_route: tuple = (),
                 party: RTPParty | None = None):
        self.telephone, self.number = telephone, number
        self.party = party or RTPParty()
        self.call_id = f"{token(16)}@interop"
        self.tag, self.to_tag = token(), ""
        self.local = f"<sip:{caller or telephone.user}@127.0.0.1>;tag={self.tag}"
        self.remote = f"<sip:{number}@127.0.0.1>"
        self.target = telephone.uri(number)
        self.routes: list[str] = []
        self.record_route = record_route
        self.cseq = 0
        self.version = 0
        self.invite_message: Message | None = None
        self.answer: SDP | None = None
        self.over = False
        telephone.calls.append(self)

    def request(self, method: str, body: bytes = b"", cseq: int | None = None, branch: str | None = None, headers: tuple = ()) -> Message:
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        to = self.remote + (f";tag={self.to_tag}" if self.to_tag else "")
        fields = [("Via", self.telephone.via(branch)), ("Max-Forwards", "70"), ("From", self.local), ("To", to),
                  ("Call-ID", self.call_id), ("CSeq", f"{cseq} {method}"), ("Contact", self.telephone.contact)]
        fields += [("Route", route) for route in self.routes]
        fields += list(headers)
        if body and not any(name == "Content-Type" for name, _ in headers):
            fields.append(("Content-Type", "application/sdp"))
        fields.append(("Content-Length", str(len(body))))
        return Message(f"{method} {self.target} SIP/2.0", fields, body)

    def offer(self, **settings) -> bytes:
        self.version += 1
        return offer(self.party.port, version=self.version, **settings)

    def invite(self, body: bytes | None = None, headers: tuple = (), **settings) -> Message:
        """Sends the INVITE; `body` b"" is a late offer."""
        fields = tuple(("Record-Route", route) for route in self.record_route) + headers
        self.invite_message = self.request("INVITE", self.offer(**settings) if body is None else body, headers=fields)
        self.telephone.send(self.invite_message)
        return self.invite_message

    def mine(self, message: Message) -> bool:
        return message["call-id"] == self.call_id

    def wait(self, wanted, timeout: float = PATIENCE, what: str = "", since: int = 0) -> Message:
        return self.telephone.wait(lambda m: self.mine(m) and wanted(m), timeout, what, since)

    def wait_status(self, low: int, high: int | None = None, method: str = "INVITE", timeout: float = PATIENCE, cseq: int | None = None,
                    since: int = 0) -> Message:
        high = high or low
        return self.wait(lambda m: m.status is not None and low <= m.status <= high and m.cseq[1] == method
                         and (cseq is None or m.cseq[0] == cseq), timeout, f"{low}...{high} to {method} of {self.number}", since)

    def wait_request(self, method: str, timeout: float = PATIENCE, since: int = 0) -> Message:
        return self.wait(lambda m: m.status is None and m.method == method, timeout, f"{method} request", since)

    def count(self, wanted) -> int:
        return sum(1 for message in list(self.telephone.inbox) if self.mine(message) and wanted(message))

    def learn(self, response: Message) -> None:
        """Takes dialog state and media address out of a response with a To tag."""
        if response.to_tag:
            self.to_tag = response.to_tag
        if response.all("contact"):
            self.target = uri_of(response["contact"])
        self.routes = list(reversed(split_list(response.all("record-route"))))
        if response.body:
            self.learn_media(response.body)

    def learn_media(self, body: bytes) -> None:
        self.answer = SDP(body.decode())
        if self.answer.port:
            self.party.remote = (self.answer.address, self.answer.port)

    def ack(self, response: Message, body: bytes = b"") -> None:
        final = response.status or 0
        if final < 300:
            self.telephone.send(self.request("ACK", body, cseq=response.cseq[0]))
            return
        # RFC 3261 section 17.1.1.3: same branch, Request-URI and Route as the INVITE, To with the response's tag.
        invite = self.invite_message
        kept = [(n, v) for n, v in invite.headers if n in ("Via", "Max-Forwards", "From", "Call-ID", "Route")]
        ack = Message(invite.start.replace("INVITE", "ACK", 1),
                      kept + [("To", response["to"]), ("CSeq", f"{response.cseq[0]} ACK"), ("Content-Length", "0")])
        self.telephone.send(ack)

    def answered(self, timeout: float = PATIENCE, **settings) -> Message:
        """INVITE to 2xx to ACK; fails on any other final response."""
        self.invite(**settings)
        response = self.final(timeout)
        assert response.status == 200, f"{self.number} answered {response.start}"
        return response

    def final(self, timeout: float = PATIENCE) -> Message:
        response = self.wait_status(200, 699, timeout=timeout, cseq=self.cseq)
        if response.status < 300:
            self.learn(response)
        else:
            self.over = True
        self.ack(response)
        return response

    def reinvite(self, body: bytes | None = None, timeout: float = PATIENCE, **settings) -> Message:
        invite = self.request("INVITE", self.offer(**settings) if body is None else body)
        previous = self.invite_message
        self.invite_message = invite
        self.telephone.send(invite)
        response = self.wait_status(200, 699, timeout=timeout, cseq=self.cseq)
        if response.status < 300 and body != b"":
            if response.all("contact"):
                self.target = uri_of(response["contact"])
            self.learn_media(response.body)
        if body != b"" or response.status >= 300:
            self.ack(response)
        self.invite_message = previous if response.status >= 300 else invite
        return response

    def cancel(self) -> None:
        invite = self.invite_message
        kept = [(n, v) for n, v in invite.headers if n in ("Via", "Max-Forwards", "From", "To", "Call-ID", "Route")]
        self.telephone.send(Message(invite.start.replace("INVITE", "CANCEL", 1),
                                    kept + [("CSeq", f"{self.cseq} CANCEL"), ("Content-Length", "0")]))

    def info(self, body: bytes, kind: str) -> int:
        """An INFO in the call (RFC 6086), and what it was answered with."""
        self.telephone.send(self.request("INFO", body, headers=(("Content-Type", kind),)))
        return self.wait_status(200, 699, "INFO", cseq=self.cseq).status

    def bye(self, timeout: float = PATIENCE) -> Message:
        self.telephone.send(self.request("BYE"))
        self.over = True
        return self.wait_status(200, 699, "BYE", timeout)

    def script(self, **settings) -> Script:
        return Script(**settings)

    def say(self, samples, **settings) -> Script:
        """Sends samples as a plain stream from now on."""
        script = Script(**settings).audio(samples)
        self.party.play(script.packets)
        return script

    def following(self) -> Script:
        """A script that goes on where the last packet sent left off: same source, next sequence number, time line unbroken."""
        sent = self.party.sent
        if not sent:
            return Script()
        last = sent[-1][1]
        at, packet = next((pair for pair in reversed(sent) if pair[1].payload_type in (0, 8)), sent[-1])
        script = Script(last.ssrc, last.sequence + 1, packet.timestamp + int((time.monotonic() - at) * 50 + 1) * 160,
                        packet.payload_type)
        return script

    def abandon(self) -> None:
        """Ends what is left of the call, so that no test leaves a call in the server."""
        unanswered = self.invite_message and not self.count(lambda m: (m.status or 0) >= 200 and m.cseq[1] == "INVITE")
        if not self.over and unanswered:
            try:
                self.cancel()
                self.final(1)
            except (OSError, AssertionError):
                pass
        elif not self.over and self.to_tag and not self.telephone.closed_by_server.is_set():
            try:
                self.telephone.send(self.request("BYE"))
            except OSError:
                pass
        self.over = True
        self.party.close()


@contextmanager
def calling(server, transport: str, number: str, user: str = "2001", answered: bool = True, **settings):
    """A telephone with one call that is up (unless `answered` is False)."""
    with Telephone(server.endpoint(transport), transport, user) as telephone:
        call = Call(telephone, number)
        if answered:
            call.answered(**settings)
        yield call
        assert not telephone.bad, telephone.bad
