"""Floods from hundreds of thousands of addresses: nothing is kept of what is refused, listed peers are answered, calls keep their sound."""

import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness import sound
from harness.call import Call, calling
from harness.telephone import Telephone
from harness.wait import until

COUNT = 200_000
# What a flood may add to the resident size, in bytes: tables of a fixed size and buffers that stay.
BOUND = 60 << 20
LISTED = 'peers: ["127.0.0.1/32"]\nvoicemail: {mailboxes: ["1001"], first_pin: "7391"}\n'
STRANGERS = "authentication:\n  unlisted: UNLISTED\n  realm: interop\n  users: [{user: \"1001\", password: \"correct horse\"}]\n"


@contextmanager
def flood(server, *kinds: str, count: int = COUNT):
    """While it lasts; it has ended afterwards, and its datagrams have been sent."""
    command = [sys.executable, "-m", "harness.flood", "127.0.0.1", str(server.port), str(count), os.environ["SEED"], *kinds]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent)
    try:
        yield process
        said, _ = process.communicate(timeout=90)
        assert process.returncode == 0 and json.loads(said)["sent"] > 0.9 * count, said
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(5)


def ping(telephone: Telephone, tries: int = 20) -> int:
    """OPTIONS as a proxy sends it: again after T1, since the kernel's queue may have been full (RFC 3261 section 17.1.2.2)."""
    request = telephone.request("OPTIONS")
    call_id = dict(request.headers)["Call-ID"]
    for _ in range(tries):
        telephone.send(request)
        if answer := telephone.look(lambda m: m.status is not None and m["call-id"] == call_id, 0.5):
            return answer.status
    raise AssertionError(f"no answer to {tries} times the same OPTIONS")


def pinged_while_it_lasts(process: subprocess.Popen, telephone: Telephone) -> int:
    """How many pings were answered before the flood was over."""
    answered = 0
    while process.poll() is None:
        assert ping(telephone) == 200
        answered += process.poll() is None
        time.sleep(0.05)
    return answered


def sounds(call: Call, hertz: float, since: int) -> None:
    """The echo of a tone that is still being sent has come back without holes worth speaking of."""
    heard = call.party.heard(since)
    assert len(heard.samples) > 8000, "less than a second came back"
    assert heard.gaps < 0.02 * len(heard.samples), f"{heard.gaps} of {len(heard.samples)} samples never came"
    assert sound.level_of(hertz, heard.samples[-8000:]) == pytest.approx(-15, abs=1)


@pytest.mark.parametrize("unlisted", ["drop", "challenge", "refuse"])
def test_strangers_in_hundreds_of_thousands(own_server, unlisted):
    server = own_server(extra=LISTED + STRANGERS.replace("UNLISTED", unlisted))
    with calling(server, "udp", "600") as call, Telephone(server.endpoint(), "udp", "proxy") as proxy:
        call.say(sound.tone(500, 90))
        until(lambda: call.party.count() > 50, 8, "the echo")
        before, since = server.memory(), call.party.count()
        with flood(server, "INVITE", "OPTIONS", "garbage", "REGISTER") as process:
            assert pinged_while_it_lasts(process, proxy) >= 1
        sounds(call, 500, since)
        assert ping(proxy) == 200
        assert server.memory() - before < BOUND, f"{(server.memory() - before) >> 20} MB more"
        # What is left at the end is the one call, and the port of another can still be had.
        with calling(server, "udp", "600") as another:
            assert another.bye().status == 200
        assert call.bye().status == 200
    assert server.stop() == 0
    assert totals(server)["answered"] == 2 and totals(server)["calls"] == 2, server.tail(3)


def totals(server) -> dict[str, int]:
    """What the server says of itself when it has stopped."""
    line = next(line for line in reversed(server.log.read_text(errors="replace").splitlines()) if "server stopped" in line)
    return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)\b", line)}


def test_more_calls_than_a_second_may_have(own_server):
    """From addresses that may call: what is beyond the rate is refused before anything is kept of it."""
    server = own_server(extra='peers: ["127.0.0.0/8"]\ncalls: 5\ncalls_per_second: 50\n'
                              'voicemail: {mailboxes: ["1001"], first_pin: "7391"}\n')
    with calling(server, "udp", "600") as call:
        call.say(sound.tone(500, 90))
        until(lambda: call.party.count() > 50, 8, "the echo")
        before, since = server.memory(), call.party.count()
        with flood(server, "INVITE") as process, Telephone(server.endpoint(), "tcp", "proxy") as proxy:
            answered = set()
            while process.poll() is None:
                answered.add(proxy.options().status)
                time.sleep(0.05)
            # Full is the truth meanwhile.
            assert 503 in answered and answered <= {200, 503}, answered
        sounds(call, 500, since)
        # What had piled up in the kernel's queue is through.
        assert ping(call.telephone) == 503
        assert server.memory() - before < BOUND, f"{(server.memory() - before) >> 20} MB more"
        assert call.bye().status == 200
    assert server.stop() == 0
    assert totals(server)["answered"] < 200, server.tail(3)
