"""A tap in the line of a client that cannot tell what it hears: relays its SIP, moves the media ports in the SDP to
itself and keeps every RTP packet of both directions. To the client it is the server; to the server, the client."""

import re
import select
import socket
import threading
import time

from .message import parse
from .rtp import Heard, Packet, assemble


class Tap:
    def __init__(self, server: tuple[str, int], transport: str):
        self.server, self.transport = server, transport
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        self.front = socket.socket(socket.AF_INET, kind)
        self.front.bind(("127.0.0.1", 0))
        self.port = self.front.getsockname()[1]
        self.back = socket.socket(socket.AF_INET, kind)
        if transport == "udp":
            self.back.bind(("127.0.0.1", 0))
        else:
            self.front.listen(1)
        self.client: tuple[str, int] | socket.socket | None = None
        # Sound from the server arrives at `near_server` and leaves to the client from `near_client`, and the other way round.
        self.near_server, self.near_client = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for chosen in (self.near_server, self.near_client):
            chosen.bind(("127.0.0.1", 0))
            chosen.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.client_media: tuple[str, int] | None = None
        self.server_media: tuple[str, int] | None = None
        self.from_server: list[Packet] = []
        self.from_client: list[Packet] = []
        self.signalling: list[tuple[float, str, str]] = []
        self._held = {"client": b"", "server": b""}
        self._stop = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> "Tap":
        return self

    def __exit__(self, *_) -> None:
        self._stop = True
        self._thread.join(2)
        for chosen in (self.front, self.back, self.near_server, self.near_client):
            chosen.close()

    def heard(self) -> Heard:
        """What the client was given to hear."""
        return assemble(list(self.from_server))

    def said(self) -> Heard:
        return assemble(list(self.from_client))

    def _move(self, raw: bytes, sender: str) -> bytes:
        head, _, body = raw.partition(b"\r\n\r\n")
        found = re.search(rb"m=audio (\d+)", body)
        self.signalling.append((time.monotonic(), sender, head.split(b"\r\n")[0].decode("utf-8", "replace")))
        if not found or found.group(1) == b"0":
            return raw
        place = ("127.0.0.1", int(found.group(1)))
        if sender == "client":
            self.client_media, ours = place, self.near_server
        else:
            self.server_media, ours = place, self.near_client
        body = body[: found.start(1)] + str(ours.getsockname()[1]).encode() + body[found.end(1) :]
        head = re.sub(rb"(?im)^(content-length|l)(\s*:\s*)\d+", lambda m: m.group(1) + m.group(2) + str(len(body)).encode(), head)
        return head + b"\r\n\r\n" + body

    def _frames(self, data: bytes, sender: str) -> list[bytes]:
        held, result = self._held[sender] + data, []
        while held:
            if held.startswith(b"\r\n"):
                result.append(held[:2])
                held = held[2:]
                continue
            end = held.find(b"\r\n\r\n")
            if end < 0:
                break
            length = end + 4 + int(parse(held[: end + 4])["content-length"])
            if len(held) < length:
                break
            result.append(self._move(held[:length], sender))
            held = held[length:]
        self._held[sender] = held
        return result

    def _run(self) -> None:
        while not self._stop:
            watched = [self.front, self.near_server, self.near_client]
            if self.transport == "udp" or self.client:
                watched.append(self.back)
            if isinstance(self.client, socket.socket):
                watched.append(self.client)
            ready, _, _ = select.select(watched, [], [], 0.1)
            for chosen in ready:
                try:
                    self._serve(chosen)
                except (ConnectionError, AssertionError, OSError, ValueError) as error:
                    self.signalling.append((time.monotonic(), "tap", f"error: {error}"))

    def _serve(self, chosen: socket.socket) -> None:
        if chosen is self.near_server:
            data, _ = chosen.recvfrom(4096)
            if packet := Packet.decode(data, time.monotonic()):
                self.from_server.append(packet)
            if self.client_media:
                self.near_client.sendto(data, self.client_media)
        elif chosen is self.near_client:
            data, _ = chosen.recvfrom(4096)
            if packet := Packet.decode(data, time.monotonic()):
                self.from_client.append(packet)
            if self.server_media:
                self.near_server.sendto(data, self.server_media)
        elif self.transport == "udp":
            data, source = chosen.recvfrom(65536)
            if chosen is self.front:
                self.client = source
                self.back.sendto(self._move(data, "client"), self.server)
            elif self.client:
                self.front.sendto(self._move(data, "server"), self.client)
        elif chosen is self.front:
            self.client, _ = chosen.accept()
            self.back.connect(self.server)
        else:
            data = chosen.recv(65536)
            other, name = (self.back, "client") if chosen is self.client else (self.client, "server")
            if not data:
                self.client.close()
                self._stop = True
                return
            for frame in self._frames(data, name):
                other.sendall(frame)
