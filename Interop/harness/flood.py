"""Datagrams from many source addresses, as fast as they go: `python -m harness.flood HOST PORT COUNT SEED KIND...`, a process of its own.

All of 127.0.0.0/8 is this machine's, and IP_PKTINFO (ip(7)) chooses the source of each datagram, so one socket is a million callers
without any privilege. Prints one line: what was sent, and in which time."""

import json
import random
import socket
import struct
import sys
import time

IP_PKTINFO = 8


def message(method: str, target: str, source: str, port: int, number: int) -> bytes:
    body = ""
    if method == "INVITE":
        body = f"v=0\r\no=- 1 1 IN IP4 {source}\r\ns=-\r\nc=IN IP4 {source}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
    return (f"{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {source}:{port};branch=z9hG4bKf{number};rport\r\nMax-Forwards: 70\r\n"
            f"From: <sip:f{number}@{source}>;tag=f{number}\r\nTo: <{target}>\r\nCall-ID: f{number}@flood\r\nCSeq: 1 {method}\r\n"
            f"Contact: <sip:f{number}@{source}:{port}>\r\n" + ("Content-Type: application/sdp\r\n" if body else "") +
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


def garbage(randomness: random.Random, sample: bytes) -> bytes:
    """Half of them resemble a message."""
    if randomness.random() < 0.5:
        return randomness.randbytes(randomness.randrange(1, 1200))
    broken = bytearray(sample[: randomness.randrange(20, len(sample))])
    for _ in range(8):
        broken[randomness.randrange(len(broken))] = randomness.randrange(256)
    return bytes(broken)


def main(host: str, port: int, count: int, seed: int, kinds: list[str]) -> None:
    randomness = random.Random(seed)
    flood = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    flood.bind(("0.0.0.0", 0))
    ours = flood.getsockname()[1]
    target, sent = (host, port), 0
    started = time.monotonic()
    for number in range(count):
        # 127.16.0.0 and up: none that a listed peer of a test has.
        address = bytes((127, randomness.randrange(16, 255), randomness.randrange(256), randomness.randrange(1, 255)))
        source = socket.inet_ntoa(address)
        kind = kinds[number % len(kinds)]
        data = message(kind if kind != "garbage" else "INVITE", f"sip:600@{host}:{port}", source, ours, number)
        if kind == "garbage":
            data = garbage(randomness, data)
        choice = [(socket.IPPROTO_IP, IP_PKTINFO, struct.pack("=I4s4s", 0, address, b"\0\0\0\0"))]
        try:
            flood.sendmsg([data], choice, 0, target)
            sent += 1
        except OSError:
            # A full queue: what a flood does not get rid of is lost.
            pass
    print(json.dumps({"sent": sent, "seconds": time.monotonic() - started}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
