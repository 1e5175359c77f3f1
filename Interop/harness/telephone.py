"""A telephone for the faults that real clients cannot play: every message and every packet is the test's own decision."""

import random
import socket
import threading
import time

from .message import Message, parse

# Nothing on loopback takes this long; two cores shared with a dozen workers make it generous.
PATIENCE = 8.0


def token(length: int = 10) -> str:
    return "".join(random.choices("abcdefghijkmnpqrstuvwxyz23456789", k=length))


class Telephone:
    """One SIP socket (UDP) or connection (TCP) to the server, with everything that ever arrived on it."""

    def __init__(self, server: tuple[str, int], transport: str = "udp", user: str = "2001"):
        self.server, self.transport, self.user = server, transport, user
        self.inbox: list[Message] = []
        self.calls: list = []  # of Call: ended with the telephone
        self.bad: list[str] = []
        self.closed_by_server = threading.Event()
        self.pongs = 0
        self.answers_requests = True
        self._changed = threading.Condition()
        self._stop = False
        if transport == "udp":
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind(("127.0.0.1", 0))
        else:
            self.socket = socket.create_connection(server, PATIENCE)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(0.1)
        self.host, self.port = self.socket.getsockname()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self) -> "Telephone":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        for call in self.calls:
            call.abandon()
        self._stop = True
        self._thread.join(2)
        self.socket.close()

    # Bytes out

    def send(self, data: bytes | Message) -> None:
        raw = data.encode() if isinstance(data, Message) else data
        if self.transport == "udp":
            self.socket.sendto(raw, self.server)
        else:
            self.socket.sendall(raw)

    # Bytes in

    def _listen(self) -> None:
        held = b""
        while not self._stop:
            try:
                if self.transport == "udp":
                    data, source = self.socket.recvfrom(65536)
                    self._take(data, source)
                    continue
                data = self.socket.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                self.closed_by_server.set()
                return
            if not data:
                self.closed_by_server.set()
                return
            held += data
            while held:
                if held.startswith(b"\r\n"):
                    self.pongs += 1
                    held = held[2:]
                    continue
                end = held.find(b"\r\n\r\n")
                if end < 0:
                    break
                try:
                    length = int(parse(held[: end + 4])["content-length"])
                except (ValueError, AssertionError) as error:
                    self.bad.append(f"TCP message without usable Content-Length: {error}: {held[:200]!r}")
                    return
                if len(held) < end + 4 + length:
                    break
                self._take(held[: end + 4 + length], self.server)
                held = held[end + 4 + length :]

    def _take(self, data: bytes, source: tuple) -> None:
        if data.strip(b"\r\n\0") == b"":
            self.pongs += 1
            return
        try:
            message = parse(data, time.monotonic(), source)
        except ValueError as error:
            self.bad.append(str(error))
            return
        if message.status is None and message.method in ("BYE", "OPTIONS") and self.answers_requests:
            self.send(self.reply(message, "200 OK"))
        with self._changed:
            self.inbox.append(message)
            self._changed.notify_all()

    def reply(self, request: Message, status: str, headers: tuple = (), body: bytes = b"") -> Message:
        kept = [(name.title(), value) for name, value in request.headers if name in ("via", "from", "to", "call-id", "cseq")]
        return Message(f"SIP/2.0 {status}", kept + list(headers) + [("Content-Length", str(len(body)))], body)

    def wait(self, wanted, timeout: float = PATIENCE, what: str = "", since: int = 0) -> Message:
        """The first message (from inbox place `since` on) for which `wanted` holds."""
        found = self.look(wanted, timeout, since)
        if found is None:
            seen = ", ".join(message.start for message in self.inbox[since:]) or "nothing"
            raise AssertionError(f"no {what or 'such message'} within {timeout} s; arrived: {seen}")
        return found

    def look(self, wanted, timeout: float, since: int = 0) -> Message | None:
        def first():
            return next((message for message in self.inbox[since:] if wanted(message)), None)

        with self._changed:
            self._changed.wait_for(lambda: first() is not None, timeout)
            return first()

    # Requests outside of calls

    def via(self, branch: str | None = None) -> str:
        return f"SIP/2.0/{self.transport.upper()} {self.host}:{self.port};branch={branch or 'z9hG4bK' + token()};rport"

    def uri(self, user: str) -> str:
        host = f"{self.server[0]}:{self.server[1]}"
        scheme = f"sip:{user}@{host}" if user else f"sip:{host}"
        return scheme + (";transport=tcp" if self.transport == "tcp" else "")

    @property
    def contact(self) -> str:
        return f"<sip:{self.user}@{self.host}:{self.port}{';transport=tcp' if self.transport == 'tcp' else ''}>"

    def request(self, method: str, user: str = "", headers: tuple = (), call_id: str | None = None, body: bytes = b"",
                without: tuple = (), to_tag: str = "", cseq: int = 1) -> Message:
        fields = [("Via", self.via()), ("Max-Forwards", "70"), ("From", f"<sip:{self.user}@127.0.0.1>;tag={token()}"),
                  ("To", f"<sip:{user or 'server'}@127.0.0.1>" + (f";tag={to_tag}" if to_tag else "")),
                  ("Call-ID", call_id or token(16) + "@interop"), ("CSeq", f"{cseq} {method}"), ("Contact", self.contact)]
        replaced = {name.lower() for name, _ in headers} | {name.lower() for name in without}
        fields = [(name, value) for name, value in fields if name.lower() not in replaced] + list(headers)
        if "content-length" not in replaced:
            fields.append(("Content-Length", str(len(body))))
        return Message(f"{method} {self.uri(user)} SIP/2.0", fields, body)

    def ask(self, request: Message, timeout: float = PATIENCE) -> Message:
        """Sends and waits for the final response to it."""
        since = len(self.inbox)
        self.send(request)
        name = dict((key.lower(), value) for key, value in request.headers)
        return self.wait(lambda m: (m.status or 0) >= 200 and m["call-id"] == name["call-id"], timeout, "final response", since)

    def options(self, timeout: float = PATIENCE) -> Message:
        return self.ask(self.request("OPTIONS"), timeout)
