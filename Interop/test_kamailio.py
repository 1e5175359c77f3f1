"""Kamailio in front, with the project's Deploy/kamailio.cfg: what dials through it, and whose mailbox a call ends in."""

import json
import subprocess
import time

import numpy as np
import pytest

from conftest import prompt
from harness import kamailio, recording, sound
from harness.call import Call, calling
from harness.extension import Extension, ProvenCall, busy, declines, rings, takes
from harness.message import Message, offer, split_list, uri_of
from harness.rtp import RTPParty
from harness.server import REPOSITORY, executable
from harness.telephone import Telephone, token
from harness.wait import until

pytestmark = pytest.mark.skipif(not kamailio.available, reason="kamailio is not installed (Debian package `kamailio`)")


@pytest.fixture(scope="session")
def proxy(server, folder):
    """In front of the worker's server."""
    with_server = kamailio.Kamailio(folder / "kamailio", [server.port], ring_time=3).start()
    yield with_server
    with_server.stop()


@pytest.fixture(scope="session")
def proxy_by_uri(server, folder):
    """The same with RFC 4458 URIs."""
    with_server = kamailio.Kamailio(folder / "kamailio-uri", [server.port], voicemail_uri=True, ring_time=3).start()
    yield with_server
    with_server.stop()


class Node(Telephone):
    """Stands in Antiphon's place and keeps what the proxy sends; every INVITE is refused with `status`, or sent on to `goal`."""

    def __init__(self, status: str = "486 Busy Here", goal: str = ""):
        self.status, self.goal = status, goal
        super().__init__(("127.0.0.1", 9), "udp", "node")

    def _take(self, data: bytes, source: tuple) -> None:
        # A node answers whoever asked.
        self.server = source
        before = len(self.inbox)
        super()._take(data, source)
        for message in self.inbox[before:]:
            if message.method == "INVITE":
                is_first = len(self.invites()) == 1
                answer = self.reply(message, "302 Moved Temporarily", (("Contact", f"<{self.goal}>"),)) if self.goal and is_first \
                    else self.reply(message, self.status)
                answer.headers = [(n, f"{v};tag={token()}" if n == "To" else v) for n, v in answer.headers]
                self.send(answer)

    def invites(self) -> list[Message]:
        return [m for m in self.inbox if m.status is None and m.method == "INVITE"]

    def pings(self) -> list[Message]:
        return [m for m in self.inbox if m.status is None and m.method == "OPTIONS"]


@pytest.fixture(params=[False, True], ids=["extension", "voicemail-uri"])
def observed(request, tmp_path):
    """A proxy in front of a node that notes what it is sent, and whether it hands over by RFC 4458."""
    with Node() as node:
        with_node = kamailio.Kamailio(tmp_path, [node.port], voicemail_uri=request.param, ring_time=2).start()
        try:
            yield with_node, node, request.param
        finally:
            with_node.stop()


# The file itself

def test_the_configuration_is_valid_as_it_is_shipped():
    for defines in ([], ["-A", "WITH_VOICEMAIL_URI"]):
        check = subprocess.run(["kamailio", "-c", "-f", str(kamailio.CONFIGURATION), *defines], capture_output=True, text=True, timeout=30)
        assert check.returncode == 0, check.stderr
        assert "WARNING" not in check.stderr and "ERROR" not in check.stderr, check.stderr


# Who may do what

def test_registering_takes_the_right_password(proxy):
    with Extension(proxy.endpoint(), "1003") as right, Extension(proxy.endpoint(), "1003", "wrong") as wrong:
        assert right.register().status == 200
        assert wrong.register().status == 401
    with Extension(proxy.endpoint(), "1013", "trial-1003") as unknown:
        assert unknown.register().status == 401


def test_the_caller_is_asserted_once_he_has_proven_himself(observed):
    proxy, node, _ = observed
    forged = (("P-Asserted-Identity", "<sip:1009@127.0.0.1>"), ("Diversion", "<sip:1009@127.0.0.1>;reason=user-busy"),
              ("History-Info", "<sip:1009@127.0.0.1>;index=1"), ("P-Preferred-Identity", "<sip:1009@127.0.0.1>"))
    with Extension(proxy.endpoint(), "1002") as telephone:
        call = ProvenCall(telephone, "*97")
        call.dial(headers=forged)
        assert call.final().status == 486
    invite = node.invites()[0]
    assert invite.all("p-asserted-identity") == ["<sip:1002@127.0.0.1>"]
    for name in ("diversion", "history-info", "p-preferred-identity", "proxy-authorization"):
        assert invite.all(name) == [], f"{name} came through"


def test_a_stranger_is_asserted_to_be_nobody(observed):
    proxy, node, _ = observed
    with Telephone(proxy.endpoint(), "udp", "2001") as telephone:
        call = Call(telephone, "*97")
        call.invite(headers=(("P-Asserted-Identity", "<sip:1001@127.0.0.1>"),))
        assert call.final().status == 486
    assert node.invites()[0].all("p-asserted-identity") == []


def test_one_extension_cannot_be_another(proxy):
    with Extension(proxy.endpoint(), "1002") as telephone:
        call = ProvenCall(telephone, "600", caller="1001")
        call.dial()
        assert call.final().status == 403
    with Telephone(proxy.endpoint(), "udp", "1001") as telephone:
        call = Call(telephone, "600")
        call.invite()
        assert call.final().status == 407


# Numbers of the server

def test_music_on_hold_through_the_proxy(proxy, music):
    with calling(proxy, "udp", "moh") as call:
        until(lambda: len(call.party.heard().samples) > 4 * 8000, 10, "4 s of music")
        heard = call.party.heard().samples[4000 : 3 * 8000]
        found = sound.align(heard, np.concatenate([music, music]))
        assert found.correlation > 0.95, found
        assert call.bye().status == 200


def test_an_extension_hears_itself_at_600(proxy):
    with Extension(proxy.endpoint(), "1002") as telephone:
        call = ProvenCall(telephone, "600")
        call.connected()
        call.say(sound.tone(500, 2))
        call.party.wait_played(5)
        assert sound.level_of(500, call.party.heard().samples[4000:]) > -18
        assert call.bye().status == 200


@pytest.mark.parametrize("number", ["3001", "3900"])
def test_rooms_are_reached_by_number(proxy, number):
    with calling(proxy, "udp", number) as call:
        call.say(sound.tone(300, 1))
        until(lambda: call.party.count() > 25, 6, "sound of the room")
        assert call.bye().status == 200


@pytest.mark.parametrize("number, status", [("606", 486), ("7654321", 404), ("609", 404)])
def test_refusals_come_through(proxy, number, status):
    with calling(proxy, "udp", number, answered=False) as call:
        call.invite()
        assert call.final().status == status


def test_cancel_comes_through(proxy):
    with calling(proxy, "udp", "604", answered=False) as call:
        call.invite()
        call.wait_status(180)
        call.cancel()
        assert call.wait_status(200, method="CANCEL").status == 200
        response = call.final()
        assert response.status == 487


def test_record_route_comes_back_and_the_dialog_follows_it(server, proxy):
    with calling(proxy, "udp", "602") as call:
        assert len(call.routes) == 1 and f"127.0.0.1:{proxy.port}" in call.routes[0], call.routes
        assert "lr=on" in uri_of(call.routes[0]) and "ftag=" in uri_of(call.routes[0]), "parameters of Record-Route are kept"
        assert f":{server.port}" in call.target, "Contact is the server's own"
        held = call.reinvite(direction="sendonly")
        assert held.status == 200 and call.answer.direction() == "recvonly"
        assert call.reinvite(direction="sendrecv").status == 200
        call.party.wait_packets(call.party.count() + 20, 5)
        assert call.bye().status == 200


def test_a_caller_over_tcp_meets_a_server_over_udp(server, proxy):
    """The proxy changes the transport and writes two Record-Route entries (`r2=on`): both come back, in order and unchanged."""
    with calling(proxy, "tcp", "602") as call:
        assert len(call.routes) == 2 and all("r2=on" in uri_of(route) for route in call.routes), call.routes
        assert "transport=tcp" in call.routes[0] and "transport=tcp" not in call.routes[1]
        assert call.reinvite(direction="sendrecv").status == 200
        call.party.wait_packets(20, 5)
        assert call.bye().status == 200


@pytest.mark.slow
def test_the_servers_bye_comes_through_the_proxy(proxy):
    with calling(proxy, "udp", "601") as call:
        bye = call.wait_request("BYE", 42)
        call.over = True
        assert f":{proxy.port}" in bye["via"], "the first Via is not the proxy's"
        assert len(bye.all("via")) + bye["via"].count(",") == 2
        assert not split_list(bye.all("route")), "the proxy takes its own route away"


# Which node gets the call

def test_the_proxy_asks_with_options(observed):
    proxy, node, _ = observed
    ping = until(lambda: node.pings()[:1], 12, "an OPTIONS of the dispatcher")[0]
    assert uri_of(ping["from"]) == "sip:proxy@127.0.0.1"


def test_the_server_answers_the_pings(server, proxy):
    """A request as the dispatcher sends it, to the server itself."""
    with Telephone(server.endpoint(), "udp", "proxy") as telephone:
        answer = telephone.options()
        assert answer.status == 200
        assert "INVITE" in answer["allow"] and "application/sdp" in answer["accept"]


def test_a_node_that_is_draining_or_dead_is_passed_over(server, tmp_path):
    with Node("503 Service Unavailable") as draining, Telephone(("127.0.0.1", 9), "udp", "mute") as mute:
        mute.answers_requests = False
        nodes = kamailio.Kamailio(tmp_path, [draining.port, mute.port, server.port]).start()
        try:
            # Each place has a node of its own, so some of these are asked of the draining one first.
            for number in ("600", "602", "moh", "3001", "3002", "3003", "3004", "3005"):
                with calling(nodes, "udp", number, answered=False) as call:
                    call.invite()
                    assert call.final(12).status == 200
                    assert call.bye().status == 200
            assert draining.invites()
        finally:
            nodes.stop()


def test_a_caller_whom_the_server_sends_on_rings_the_extension_and_then_meets_its_mailbox(tmp_path):
    """302 of the front desk to one of the proxy's own telephones."""
    with Node(goal="sip:1001@127.0.0.1") as node:
        proxy = kamailio.Kamailio(tmp_path, [node.port], ring_time=2).start()
        try:
            with Extension(proxy.endpoint(), "1001", behaviour=rings) as telephone, calling(proxy, "udp", "102", answered=False) as call:
                assert telephone.register().status == 200
                call.invite()
                call.wait_status(180)
                assert len(telephone.rung) == 1
                assert call.final(10).status == 486
            first, second = node.invites()
            assert first.start.split()[1].startswith("sip:102@") and second.start.split()[1] == "sip:1001@127.0.0.1"
            assert "reason=no-answer" in second["diversion"]
        finally:
            proxy.stop()


@pytest.mark.parametrize("goal", ["sip:1001@elsewhere.example", "sip:2001@127.0.0.1", "tel:+1555"])
def test_a_redirect_elsewhere_is_the_callers_own_affair(tmp_path, goal):
    with Node(goal=goal) as node:
        proxy = kamailio.Kamailio(tmp_path, [node.port]).start()
        try:
            with calling(proxy, "udp", "102", answered=False) as call:
                call.invite()
                response = call.final()
                assert response.status == 302 and goal in response["contact"]
        finally:
            proxy.stop()


# Between extensions

def test_an_extension_takes_a_call(proxy):
    party = RTPParty()
    try:
        with Extension(proxy.endpoint(), "1004", behaviour=takes(party)) as callee, Extension(proxy.endpoint(), "1005") as caller:
            assert callee.register().status == 200
            call = ProvenCall(caller, "1004")
            call.connected()
            assert call.bye().status == 200
            assert callee.register(0).status == 200
    finally:
        party.close()


# Whose mailbox: what the proxy hands over

REASONS = [("absent", "unavailable", 404), ("busy", "user-busy", 486), ("declining", "deflection", 480), ("ringing", "no-answer", 408)]


@pytest.fixture
def extension_1001():
    """Makes extension 1001 at a proxy be in some state, and be gone afterwards."""
    made = []

    def make(proxy, state: str) -> None:
        if state == "absent":
            return
        telephone = Extension(proxy.endpoint(), "1001", behaviour={"busy": busy, "declining": declines, "ringing": rings}[state])
        made.append(telephone)
        assert telephone.register().status == 200

    yield make
    for telephone in made:
        telephone.register(0)
        telephone.close()


@pytest.mark.parametrize("state, reason, cause", REASONS)
def test_what_is_handed_over(observed, extension_1001, state, reason, cause):
    proxy, node, by_uri = observed
    extension_1001(proxy, state)
    with calling(proxy, "udp", "1001", answered=False) as call:
        call.invite()
        assert call.final(10).status == 486, "the node's answer is the caller's"
    assert len(node.invites()) == 1
    invite = node.invites()[0]
    uri = invite.start.split()[1]
    if by_uri:
        assert uri == f"sip:voicemail@127.0.0.1;target=sip:1001%40127.0.0.1;cause={cause}"
    else:
        assert uri == "sip:1001@127.0.0.1"
    diversions = split_list(invite.all("diversion"))
    assert len(diversions) == 1 and uri_of(diversions[0]) == "sip:1001@127.0.0.1" and f"reason={reason}" in diversions[0], diversions
    assert uri_of(invite["to"]).startswith("sip:1001@")
    explained(invite, "1001", "busy" if state == "busy" else "unavailable", "target" if by_uri else "number")


def explained(invite: Message, box: str, greeting: str, rule: str) -> None:
    """`antiphon explain` says of a captured INVITE what the server would do with it."""
    command = [str(executable()), "explain", "--json", "-"]
    run = subprocess.run(command, input=invite.encode(), capture_output=True, timeout=20, cwd=REPOSITORY)
    assert run.returncode == 0, run.stderr.decode()
    said = json.loads(run.stdout)
    assert (said["mailbox"], said["greeting"], said["rule"]) == (f"{box}@localhost", greeting, rule), said


# Whose mailbox: where the message lands

def messages(server, box: str) -> list:
    return recording.files(server.data / "voicemail" / "localhost" / box / "messages")


def leave_message(server, proxy, number: str, seed: int, box: str = "1001", timeout: float = 10) -> np.ndarray:
    """Calls, speaks after the beep, hangs up; the greeting as it was heard. The message must be whole, and in no other box."""
    others = {str(n): messages(server, str(n)) for n in range(1001, 1010) if str(n) != box}
    before = messages(server, box)
    with calling(proxy, "udp", number, answered=False) as call:
        call.invite()
        assert call.final(timeout).status == 200
        beep = until(lambda: sound.beep_span(call.party.heard().samples), 25, "the beep")
        script = call.say(sound.chatter(seed, 6))
        call.party.wait_played(9)
        greeting = call.party.heard().samples[: beep[0]]
        assert call.bye().status == 200
    path = until(lambda: next(iter(set(messages(server, box)) - set(before)), None), 8, f"a message in {box}")
    wav = until(lambda: _finished(path), 8, f"{path.name} to be whole")
    found = recording.match(wav.samples, recording.as_heard(script.packets))
    assert found and found.count > 4 * 8000, f"{path.name} does not hold what was said"
    for other, had in others.items():
        assert messages(server, other) == had, f"something landed in {other}"
    return greeting


def _finished(path):
    try:
        return sound.read_wav(path)
    except (OSError, AssertionError, ValueError):
        return None


def contains(heard: np.ndarray, name: str) -> bool:
    return bool(sound.occurrences(prompt(f"en/{name}.wav"), heard, 0.9))


@pytest.mark.parametrize("way", ["proxy", "proxy_by_uri"])
@pytest.mark.parametrize("state, reason, cause", REASONS)
def test_the_message_lands_with_its_owner_after_the_right_greeting(request, server, extension_1001, way, state, reason, cause):
    proxy = request.getfixturevalue(way)
    extension_1001(proxy, state)
    greeting = leave_message(server, proxy, "1001", 1001 + cause + (7 if way == "proxy" else 0))
    assert contains(greeting, "vm-busy" if state == "busy" else "vm-unavailable")
    assert not contains(greeting, "vm-unavailable" if state == "busy" else "vm-busy")


def test_a_prefixed_number_leaves_a_message_without_ringing(server, proxy, extension_1001):
    extension_1001(proxy, "ringing")
    started = time.monotonic()
    leave_message(server, proxy, "vm-1001", 77)
    assert time.monotonic() - started < 45


def test_the_list_of_mailboxes_counts_the_message(server, proxy):
    def new(box: str) -> int:
        run = subprocess.run([str(executable()), "mailbox", "list", "--json", "--config", str(server.folder / "antiphon.yaml")],
                             capture_output=True, text=True, timeout=20, cwd=REPOSITORY)
        assert run.returncode == 0, run.stderr
        return next(entry["new"] for entry in json.loads(run.stdout) if entry["mailbox"].startswith(box))

    before = new("1006")
    leave_message(server, proxy, "1006", 1006, box="1006")
    until(lambda: new("1006") == before + 1, 8, "the new message in the list")


def test_nobodys_mailbox_is_not_found(server):
    """The service's own number without any word of whose mailbox it is."""
    with calling(server, "udp", "voicemail", answered=False) as call:
        call.invite()
        assert call.final().status == 404


def test_a_mailbox_of_another_domain_is_not_opened_here(server):
    with calling(server, "udp", "voicemail", answered=False) as call:
        call.target = f"sip:voicemail@127.0.0.1:{server.port};target=sip:1001%40elsewhere.example;cause=486"
        call.invite()
        assert call.final().status == 404
