"""Ports that nobody else takes between the look at them and their use: each worker has ranges of its own, below the ephemeral ports, and
goes round in them, so that a port that was given comes again as late as possible."""

import contextlib
import os
import random
import socket

WORKERS = 10
_next: dict[int, int] = {}


def worker() -> int:
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])


def free_ports(count: int, first: int, size: int) -> int:
    """The first of `count` ports in a row that are free on loopback for UDP and TCP now; it is even. Worker 0 has `first` and the `size - 1`
    after it, worker 1 the next `size`."""
    base = first + worker() % WORKERS * size
    step = count + count % 2
    place = _next.get(first, random.randrange(0, size, 2))
    for _ in range(size // step + 1):
        if place + count > size:
            place = 0
        port = base + place
        place += step
        _next[first] = place
        with contextlib.ExitStack() as taken:
            try:
                for number in range(port, port + count):
                    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                        probe = taken.enter_context(socket.socket(socket.AF_INET, kind))
                        if kind == socket.SOCK_STREAM:
                            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                        probe.bind(("127.0.0.1", number))
                return port
            except OSError:
                continue
    raise RuntimeError(f"no {count} free ports in {base}...{base + size - 1}")


def client_ports(count: int) -> int:
    """For the clients: telephones, sipp, baresip."""
    return free_ports(count, 10000, 1000)
