"""Calls that the server places: dialled by a scenario, originated, and referred to by a REFER."""

from dataclasses import replace

import pytest

from harness import sound
from harness.call import Call, calling
from harness.listener import clip
from harness.mailboxes import antiphon
from harness.rtp import Script
from harness.server import REPOSITORY
from harness.telephone import token
from harness.wait import until


# Calls out

CALLER = """scenario: out
states:
  start:
    - dial:
        to: "sip:{number}@127.0.0.1:{port}"
        timeout: 20s
        stop_by: "*0"
        ended: {goto: over}
        busy: {{reject: 486}}
        no_answer: {{reject: 480}}
        else: {{reject: 404}}
  over:
    - play: [goodbye]
    - hangup
"""


@pytest.fixture
def dialler(own_server, server, folder):
    """A server whose 7XX calls that number at the other server."""
    def make(numbers: list[str], targets: str = '["sip:*@127.0.0.1:PORT"]', more: str = ""):
        scenarios = folder / f"scenarios-{token(6)}"
        scenarios.mkdir()
        for number in numbers:
            text = CALLER.replace("{number}", number).replace("{port}", str(server.port)).replace("{goto: over}", "{goto: over}")
            text = text.replace("{{", "{").replace("}}", "}").replace("scenario: out", f"scenario: out-{number}")
            (scenarios / f"out-{number}.yaml").write_text(text)
        routes = "".join(f'  - {{dial: "7{number}", scenario: out-{number}}}\n' for number in numbers)
        extra = (f"scenarios: {scenarios}\nprompts: {REPOSITORY}/prompts\ndial_targets: {targets.replace('PORT', str(server.port))}\n"
                 f"routes:\n{routes}" + 'services: false\n' + more)
        return own_server(extra=extra)

    return make


def test_a_dialled_call_is_a_conversation(dialler):
    with calling(dialler(["600"]), "udp", "7600") as call:
        script = call.say(sound.tone(620, 4))
        until(lambda: len(call.party.heard().samples) > 4 * 8000, 15, "the echo through both servers")
        heard = call.party.heard().samples
        begin, end = sound.loud_part(heard, -40)
        assert end - begin > 2 * 8000
        assert sound.level_of(620, heard[begin + 1600 : end - 800]) == pytest.approx(-15, abs=1)
        assert script is not None and call.bye().status == 200


def test_why_nobody_came(dialler):
    server = dialler(["606", "9999"])
    for number, status in (("7606", 486), ("79999", 404)):
        with calling(server, "udp", number, answered=False) as call:
            call.invite()
            assert call.final(20).status == status


def test_dial_out_is_closed_unless_listed(dialler):
    server = dialler(["600"], targets='["sip:nobody@192.0.2.1"]')
    with calling(server, "udp", "7600", answered=False) as call:
        call.invite()
        assert call.final(20).status == 404
    assert "fits no pattern under dial_targets" in server.log.read_text()


def test_originate_begins_a_scenario_with_whoever_answers(own_server, server):
    origin = own_server(extra=f'dial_targets: ["sip:6XX@127.0.0.1:{server.port}"]\nvoicemail: {{mailboxes: ["1001"], first_pin: "7391"}}\n')
    target = f"sip:600@127.0.0.1:{server.port}"
    done = antiphon(origin, "originate", target, "--scenario", "demonstration")
    assert done.returncode == 0, done.stderr
    shown = antiphon(origin, "trace").stdout
    assert f"INVITE {target}" in shown and "ACK sip:600@" in shown, shown
    refused = antiphon(origin, "originate", f"sip:606@127.0.0.1:{server.port}", "--scenario", "demonstration")
    assert refused.returncode == 1 and "486" in refused.stderr
    closed = antiphon(origin, "originate", "sip:600@192.0.2.1", "--scenario", "demonstration")
    assert closed.returncode == 1 and "dial_targets" in closed.stderr
    assert antiphon(origin, "originate", target, "--scenario", "no-such").returncode == 1


# REFER to us

def notified(call: Call, status: str) -> None:
    """Waits for the NOTIFY that tells `status`, and takes every one."""
    def notices() -> list:
        found = [m for m in call.telephone.inbox if call.mine(m) and m.status is None and m.method == "NOTIFY"]
        for message in found:
            if id(message) not in answered:
                answered.add(id(message))
                call.telephone.send(call.telephone.reply(message, "200 OK"))
        return found

    answered: set[int] = set()
    until(lambda: any(m.body.decode().startswith(f"SIP/2.0 {status}") for m in notices()), 15, f"the NOTIFY of {status}")


def refer(call: Call, target: str, *headers: tuple) -> int:
    call.telephone.send(call.request("REFER", headers=(("Refer-To", f"<{target}>"),) + headers))
    return call.wait_status(200, 699, "REFER", cseq=call.cseq).status


def test_who_is_referred_to_takes_the_place_in_the_room(own_server, server):
    extra = f'dial_targets: ["sip:60X@127.0.0.1:{server.port}"]\nvoicemail: {{mailboxes: ["1001"], first_pin: "7391"}}\n'
    bridge = own_server(extra=extra)
    with calling(bridge, "udp", "3105") as leaving, calling(bridge, "tcp", "3105", user="2002") as staying:
        assert refer(leaving, "sip:600@192.0.2.1") == 403, "nobody is called who is not listed"
        assert refer(leaving, f"sip:606@127.0.0.1:{server.port}") == 200
        notified(leaving, "486")
        leaving.say(sound.tone(620, 1))
        since = staying.party.count()
        assert refer(leaving, f"sip:602@127.0.0.1:{server.port}") == 200
        notified(leaving, "200")
        leaving.wait_request("BYE", 5)
        leaving.over = True
        until(lambda: len(staying.party.heard(since).samples) > 6 * 8000, 15, "six seconds of the room")
        begin, end = sound.loud_part(staying.party.heard(since).samples, -40)
        assert end - begin > 3 * 8000, "who stays hears the speech of 602"


def test_who_was_replaced_is_neither_heard_nor_spoken_to(own_server, server):
    """He goes on sending, as packets that are under way do, from the host that the new party sends from too: each packet ten times, so
    that one of his is the first to come after the change."""
    bridge = own_server(extra=f'dial_targets: ["sip:60X@127.0.0.1:{server.port}"]\nvoicemail: {{mailboxes: ["1001"], first_pin: "7391"}}\n')
    with calling(bridge, "udp", "3107") as leaving, calling(bridge, "udp", "3107", user="2002") as staying:
        packets = Script().audio(sound.tone(620, 30)).packets
        leaving.party.play([replace(packet, at=packet.at + 0.002 * copy) for packet in packets for copy in range(10)])
        until(lambda: sound.level_of(620, staying.party.heard(max(0, staying.party.count() - 25)).samples) > -20, 8, "his tone")
        assert refer(leaving, f"sip:602@127.0.0.1:{server.port}") == 200
        notified(leaving, "200")
        leaving.wait_request("BYE", 5)
        leaving.over = True
        since, spoken = staying.party.count(), leaving.party.count()
        until(lambda: len(staying.party.heard(since).samples) > 3 * 8000, 10, "three seconds of the room")
        heard = staying.party.heard(since).samples
        assert sound.level_of(620, heard[4000:]) < -30, "who was replaced is still heard"
        assert sound.occurrences(clip("demonstration")[8000:16000], heard, 0.75), "who took the place is not heard"
        assert leaving.party.count() - spoken < 25, "who was replaced still hears the room"


def test_who_hangs_up_after_his_refer_is_replaced(own_server, server):
    extra = f'dial_targets: ["sip:60X@127.0.0.1:{server.port}"]\nvoicemail: {{mailboxes: ["1001"], first_pin: "7391"}}\n'
    bridge = own_server(extra=extra)
    with calling(bridge, "udp", "3106") as leaving, calling(bridge, "udp", "3106", user="2002") as staying:
        assert refer(leaving, f"sip:602@127.0.0.1:{server.port}") == 200
        assert leaving.bye().status == 200
        since = staying.party.count()
        until(lambda: len(staying.party.heard(since).samples) > 6 * 8000, 15, "six seconds of the room")
        begin, end = sound.loud_part(staying.party.heard(since).samples, -40)
        assert end - begin > 3 * 8000


def test_a_scenario_refers_the_server_that_called_it(own_server, folder, server):
    """A dialled server sends the caller on: REFER out at one end, REFER in at the other."""
    scenarios = folder / f"scenarios-{token(6)}"
    scenarios.mkdir()
    (scenarios / "onward.yaml").write_text(
        "scenario: onward\nstates:\n  start:\n    - answer\n"
        f"    - transfer: {{to: \"sip:602@127.0.0.1:{server.port}\", mode: refer, into: how, done: {{log: \"referred {{how}}\"}}, failed: [{{log: \"failed {{how}}\"}}, hangup]}}\n"
        "vars: {how: {type: int, init: 0}}\n")
    onward = own_server(extra=f"scenarios: {scenarios}\nprompts: {REPOSITORY}/prompts\nservices: false\n"
                        "routes:\n  - {dial: \"700\", scenario: onward}\n")
    mine = folder / f"scenarios-{token(6)}"
    mine.mkdir()
    (mine / "out.yaml").write_text(CALLER.replace("{number}", "700").replace("{port}", str(onward.port)).replace("{{", "{").replace("}}", "}"))
    first = own_server(extra=f"scenarios: {mine}\nprompts: {REPOSITORY}/prompts\nservices: false\n"
                       f"dial_targets: [\"sip:*@127.0.0.1:{onward.port}\", \"sip:*@127.0.0.1:{server.port}\"]\n"
                       "routes:\n  - {dial: \"7700\", scenario: out}\n")
    with calling(first, "udp", "7700") as call:
        until(lambda: "referred 200" in onward.log.read_text(), 20, "the outcome at the one who referred")
        since = call.party.count()
        until(lambda: len(call.party.heard(since).samples) > 6 * 8000, 15, "six seconds")
        begin, end = sound.loud_part(call.party.heard(since).samples, -40)
        assert end - begin > 3 * 8000, "the speech of 602"
        assert call.bye().status == 200
