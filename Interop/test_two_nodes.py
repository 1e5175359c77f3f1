"""Two servers behind Kamailio: a mailbox and a room belong to one of them, a drained one is taken out and back, and lamps are lit on
telephones that are registered at the proxy."""

import itertools
import json

import pytest

from harness import kamailio, sound
from harness.call import Call, calling
from harness.extension import Extension, ProvenCall, digest
from harness.listener import Listener
from harness.mailboxes import antiphon
from harness.message import Message, split_list, uri_of
from harness.recording import files
from harness.telephone import token
from harness.voicemail import skip_greeting, speak
from harness.wait import until

pytestmark = pytest.mark.skipif(not kamailio.available, reason="kamailio is not installed (Debian package `kamailio`)")

BOXES = [f"100{n}" for n in range(1, 10)]
SETTINGS = f'domain: 127.0.0.1\nvoicemail: {{mailboxes: {json.dumps(BOXES)}, first_pin: "7391"LAMPS}}\n'

PINGS = (('modparam("dispatcher", "ds_ping_interval", 5)', 'modparam("dispatcher", "ds_ping_interval", 1)'),)


@pytest.fixture
def nodes(own_server, folder):
    """Makes a proxy in front of so many servers."""
    made = []

    def make(count: int, changes: tuple = (), lamps: bool = False):
        place = folder / f"nodes-{token(6)}"
        proxy = kamailio.Kamailio(place, [], ring_time=3, changes=changes)
        extra = SETTINGS.replace("LAMPS", f', lamps: "sip:127.0.0.1:{proxy.port}"' if lamps else "")
        servers = [own_server(extra=extra) for _ in range(count)]
        proxy.nodes = [server.port for server in servers]
        made.append(proxy.start())
        return proxy, servers

    yield make
    for proxy in made:
        proxy.stop()


def port_of(call: Call) -> int:
    """The node that answered: its Contact is its own."""
    return int(call.target.split("@")[-1].split(";")[0].split(":")[1])


# Hashing

def test_a_room_and_a_mailbox_are_always_at_the_same_node(nodes):
    proxy, servers = nodes(2)
    ports = {server.port for server in servers}
    used: dict[str, set[int]] = {}
    for number in [f"30{n:02}" for n in range(1, 9)] + [f"vm-{box}" for box in BOXES[:6]] + BOXES[:6]:
        for transport in ("udp", "tcp"):
            with calling(proxy, transport, number) as call:
                used.setdefault(number.removeprefix("vm-"), set()).add(port_of(call))
                assert call.bye().status == 200
    for box in BOXES[:6]:
        with Extension(proxy.endpoint(), box) as telephone:
            call = ProvenCall(telephone, "*97")
            call.connected()
            used[box].add(port_of(call))
            assert call.bye().status == 200
    strays = {place: found for place, found in used.items() if len(found) != 1}
    assert not strays, strays
    for kind in ("30", "100"):
        assert set.union(*(found for place, found in used.items() if place.startswith(kind))) == ports, f"one node has all of {kind}…"


def test_two_callers_of_a_room_hear_each_other_whatever_node_it_is_at(nodes):
    proxy, servers = nodes(2)
    seen: set[int] = set()
    for room in (f"31{n:02}" for n in range(1, 30)):
        with calling(proxy, "udp", room) as first, calling(proxy, "tcp", room, user="2002") as second:
            assert port_of(first) == port_of(second)
            if port_of(first) not in seen:
                seen.add(port_of(first))
                first.say(sound.tone(631, 8))
                second.say(sound.tone(911, 8))
                until(lambda: hears(first, 911) and hears(second, 631), 8, f"each other's tones in room {room}")
                assert sound.level_of(631, latest(first)) < -45 and sound.level_of(911, latest(second)) < -45, "one hears himself"
            assert first.bye().status == second.bye().status == 200
        if len(seen) == len(servers):
            return
    pytest.fail(f"all rooms are at {seen}")


def latest(call: Call):
    """The last half second."""
    return call.party.heard(max(0, call.party.count() - 25)).samples


def hears(call: Call, hertz: float) -> bool:
    return sound.level_of(hertz, latest(call)) > -20


def test_a_message_is_left_at_the_mailboxs_own_node_and_heard_of_there(nodes):
    proxy, servers = nodes(2)
    seen: dict[int, str] = {}
    for box in BOXES:
        with calling(proxy, "udp", f"vm-{box}") as call:
            port = port_of(call)
            if port not in seen:
                seen[port] = box
                listener = Listener(call)
                skip_greeting(listener)
                speak(listener, int(box))
            assert call.bye().status == 200
        if len(seen) == 2:
            break
    assert len(seen) == 2, f"all mailboxes are at {seen}"
    for server, box in itertools.product(servers, seen.values()):
        kept = server.data / "voicemail" / "127.0.0.1" / box / "messages"
        wanted = 1 if seen[server.port] == box else 0
        until(lambda: len(files(kept)) == wanted, 8, f"{wanted} messages of {box} at port {server.port}")


# Draining

def test_a_drained_node_is_taken_out_and_back(nodes):
    proxy, (first, second) = nodes(2, PINGS)

    def node_of(number: str) -> int:
        with calling(proxy, "udp", number) as call:
            assert call.bye().status == 200
            return port_of(call)

    # A mailbox: a draining node still takes those who come to a room that stands.
    box = next(box for box in (f"vm-{box}" for box in BOXES) if node_of(box) == first.port)

    def placed() -> tuple[int, bool]:
        """Where a new call lands, and whether the first was asked for it."""
        with calling(proxy, "udp", box) as call:
            assert call.bye().status == 200
            shown = json.loads(antiphon(first, "trace", "--json").stdout)
            return port_of(call), any(m["text"].startswith("INVITE") and call.call_id in m["text"] for m in shown)

    assert placed() == (first.port, True)
    with calling(proxy, "udp", box) as lasting:
        assert port_of(lasting) == first.port
        assert antiphon(first, "drain").returncode == 0
        assert placed()[0] == second.port, "the first refuses, the second takes it"
        until(lambda: placed() == (second.port, False), 15, "the first is not asked any more", 0.3)
        # The call that it has goes on.
        lasting.say(sound.tone(500, 1))
        lasting.party.wait_packets(lasting.party.count() + 25, 5)
        assert lasting.bye().status == 200
    assert antiphon(first, "drain", "--undo").returncode == 0
    until(lambda: placed() == (first.port, True), 15, "the first is asked again", 0.3)


# Lamps of registered telephones

class Lamp(Extension):
    """A telephone that is registered and takes what it is told of its messages."""

    def _take(self, data: bytes, source: tuple) -> None:
        before = len(self.inbox)
        super()._take(data, source)
        for message in self.inbox[before:]:
            if message.status is None and message.method == "NOTIFY":
                self.send(self.reply(message, "200 OK"))

    def told(self, what: bytes, since: int = 0) -> Message:
        return self.wait(lambda m: m.status is None and m.method == "NOTIFY" and what in m.body, 15, f"NOTIFY of {what.decode()}", since)


def leave_message(proxy, box: str) -> None:
    with calling(proxy, "udp", f"vm-{box}") as call:
        listener = Listener(call)
        skip_greeting(listener)
        speak(listener, int(box))
        assert call.bye().status == 200


def test_a_registered_telephones_lamp_is_lit_unasked(nodes):
    proxy, _ = nodes(1, (), lamps=True)
    with Lamp(proxy.endpoint(), "1004") as telephone, Lamp(proxy.endpoint(), "1005") as other:
        assert telephone.register().status == other.register().status == 200
        leave_message(proxy, "1004")
        lit = telephone.told(b"Messages-Waiting: yes")
        assert b"Voice-Message: 1/0" in lit.body and lit["event"] == "message-summary"
        assert f":{telephone.port}" in lit.start.split()[1], "the proxy put the telephone's own address there"
        assert f":{proxy.port}" in lit["via"] and len(lit.all("via")) + lit["via"].count(",") == 2
        assert not any(m.method == "NOTIFY" and b"yes" in m.body for m in other.inbox), "the other telephone's lamp is lit"


def test_a_registered_telephone_subscribes_to_its_lamp(nodes):
    proxy, _ = nodes(1)
    with Lamp(proxy.endpoint(), "1006") as telephone:
        assert telephone.register().status == 200
        accepted = subscribe(telephone)
        assert accepted.status == 200 and int(accepted["expires"]) == 600
        dark = telephone.told(b"Messages-Waiting: no")
        assert dark["subscription-state"].startswith("active")
        leave_message(proxy, "1006")
        lit = telephone.told(b"Messages-Waiting: yes")
        assert b"Voice-Message: 1/0" in lit.body and lit["call-id"] == dark["call-id"] == accepted["call-id"]
        assert f":{proxy.port}" in lit["via"], "it did not come through the proxy"
        # Within the dialog the way that was recorded is the way: the end of it.
        since = len(telephone.inbox)
        assert telephone.ask(renewal(telephone, accepted, expires=0)).status == 200
        last = telephone.told(b"Messages-Waiting: yes", since)
        assert last["subscription-state"].startswith("terminated") and last.cseq[0] > lit.cseq[0]


EVENT = (("Event", "message-summary"), ("Accept", "application/simple-message-summary"))


def subscribe(telephone: Extension) -> Message:
    """With the proof that the proxy asks for; the final answer."""
    call_id = f"{token(16)}@interop"
    first = telephone.request("SUBSCRIBE", telephone.user, EVENT + (("Expires", "600"),), call_id)
    challenge = telephone.ask(first)
    assert challenge.status == 407
    uri = first.start.split()[1]
    proof = digest(challenge["proxy-authenticate"], "SUBSCRIBE", uri, telephone.user, telephone.password)
    again = telephone.request("SUBSCRIBE", telephone.user, EVENT + (("Expires", "600"), ("Proxy-Authorization", proof)), call_id, cseq=2)
    telephone.send(again)
    return telephone.wait(lambda m: (m.status or 0) >= 200 and m["call-id"] == call_id and m.cseq[0] == 2, what="answer to the SUBSCRIBE")


def renewal(telephone: Extension, accepted: Message, expires: int) -> Message:
    routes = tuple(("Route", route) for route in reversed(split_list(accepted.all("record-route"))))
    assert routes, "the proxy has recorded no route"
    request = telephone.request("SUBSCRIBE", telephone.user, EVENT + routes + (
        ("From", accepted["from"]), ("To", accepted["to"]), ("Call-ID", accepted["call-id"]), ("CSeq", "3 SUBSCRIBE"),
        ("Expires", str(expires))))
    request.start = f"SUBSCRIBE {uri_of(accepted['contact'])} SIP/2.0"
    return request
