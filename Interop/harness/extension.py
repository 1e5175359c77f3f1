"""A telephone with an account at a registrar: it registers, proves who it is when asked, and takes calls as it is told."""

import hashlib
import re
from typing import Callable

from .call import Call
from .message import Message, offer
from .rtp import RTPParty
from .telephone import PATIENCE, Telephone, token


def digest(challenge: str, method: str, uri: str, user: str, password: str) -> str:
    """The credentials that answer a challenge (RFC 2617 with `qop=auth`, MD5)."""
    fields = dict(re.findall(r'(\w+)="?([^",]*)"?', challenge))

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    secret = md5(f"{user}:{fields['realm']}:{password}")
    said = f'Digest username="{user}", realm="{fields["realm"]}", nonce="{fields["nonce"]}", uri="{uri}", algorithm=MD5'
    if "qop" in fields:
        cnonce = token(8)
        answer = md5(f"{secret}:{fields['nonce']}:00000001:{cnonce}:auth:{md5(f'{method}:{uri}')}")
        return f'{said}, qop=auth, nc=00000001, cnonce="{cnonce}", response="{answer}"'
    answer = md5(f"{secret}:{fields['nonce']}:{md5(f'{method}:{uri}')}")
    return f'{said}, response="{answer}"'


class Extension(Telephone):
    """What it does with a call that comes in is `behaviour`, called with the INVITE on the listening thread."""

    def __init__(self, proxy: tuple[str, int], user: str, password: str | None = None,
                 behaviour: Callable[["Extension", Message], None] | None = None):
        self.password = password or f"trial-{user}"
        self.behaviour = behaviour
        self.rung: list[Message] = []
        self._cancelled: set[str] = set()
        super().__init__(proxy, "udp", user)

    def register(self, expires: int = 300) -> Message:
        """The registrar's last word."""
        number, domain = token(16), self.server[0]
        headers = (("To", f"<sip:{self.user}@{domain}>"), ("Expires", str(expires)))
        first = self.ask(self.request("REGISTER", "", headers, f"{number}@interop"))
        if first.status != 401:
            return first
        proof = digest(first["www-authenticate"], "REGISTER", self.uri(""), self.user, self.password)
        # A new Call-ID, so that nobody takes the answer to the first for the answer to this.
        return self.ask(self.request("REGISTER", "", headers + (("Authorization", proof),), f"{token(16)}@interop", cseq=2))

    def _take(self, data: bytes, source: tuple) -> None:
        before = len(self.inbox)
        super()._take(data, source)
        for message in self.inbox[before:]:
            if message.status is not None:
                continue
            if message.method == "INVITE" and not message.to_tag:
                if message["call-id"] not in {m["call-id"] for m in self.rung}:
                    self.rung.append(message)
                    if self.behaviour:
                        self.behaviour(self, message)
            elif message.method == "CANCEL":
                self.send(self.reply(message, "200 OK"))
                invite = next((m for m in self.rung if m["call-id"] == message["call-id"]), None)
                if invite:
                    self.send(self.tagged(invite, "487 Request Terminated"))

    def tagged(self, invite: Message, status: str, body: bytes = b"") -> Message:
        """An answer to a call that came in, with our tag and, when it forms a dialog, our address and the recorded route."""
        answer = self.reply(invite, status)
        answer.headers = [(n, f"{v};tag={self.user}x" if n == "To" and "tag=" not in v else v) for n, v in answer.headers]
        headers = [h for h in answer.headers if h[0] != "Content-Length"]
        headers += [("Record-Route", route) for route in invite.all("record-route")] + [("Contact", self.contact)]
        if body:
            headers.append(("Content-Type", "application/sdp"))
        return Message(answer.start, headers + [("Content-Length", str(len(body)))], body)


# What an extension may do with a call.

def busy(extension: Extension, invite: Message) -> None:
    extension.send(extension.tagged(invite, "486 Busy Here"))


def declines(extension: Extension, invite: Message) -> None:
    extension.send(extension.tagged(invite, "480 Temporarily Unavailable"))


def rings(extension: Extension, invite: Message) -> None:
    extension.send(extension.tagged(invite, "180 Ringing"))


def takes(party: RTPParty) -> Callable[[Extension, Message], None]:
    return lambda extension, invite: extension.send(extension.tagged(invite, "200 OK", offer(party.port)))


class ProvenCall(Call):
    """A call whose INVITE is sent again with credentials when the proxy asks for them."""

    telephone: Extension

    def dial(self, body: bytes | None = None, headers: tuple = (), **settings) -> Message:
        """INVITE, proof, INVITE: the message that the proxy accepted for relay. Its answer is still to come."""
        self.invite(body, headers, **settings)
        challenge = self.wait_status(407, 407, timeout=PATIENCE, cseq=self.cseq)
        self.ack(challenge)
        proof = digest(challenge["proxy-authenticate"], "INVITE", self.target, self.telephone.user, self.telephone.password)
        return self.invite(body, headers + (("Proxy-Authorization", proof),), **settings)

    def connected(self, timeout: float = PATIENCE, **settings) -> Message:
        self.dial(**settings)
        response = self.final(timeout)
        assert response.status == 200, f"{self.number} answered {response.start}"
        return response
