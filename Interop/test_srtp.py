"""Encrypted calls (RFC 3711, keys by RFC 4568) of baresip, linphonec and the product's own telephone: tones heard, and what is refused."""

import itertools
import json
import re
import subprocess

import pytest

from harness import baresip, linphone, sound
from harness.baresip import Baresip
from harness.call import calling
from harness.linphone import Linphone
from harness.mailboxes import antiphon
from harness.server import REPOSITORY, Server, executable
from harness.sound import read_wav, write_wav
from harness.wait import until

with_baresip = pytest.mark.skipif(not (baresip.available() and baresip.module_path()),
                                  reason="baresip is not installed (Debian: baresip-core)")
with_linphone = pytest.mark.skipif(not linphone.available(), reason="linphonec is not installed (Debian: linphone-cli)")

TONE, OTHER = 710, 1129
_places = itertools.count(1)
SUITES = ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_32",
          "AEAD_AES_128_GCM", "AEAD_AES_256_GCM"]


@pytest.fixture
def optional(own_server) -> Server:
    return own_server("srtp: optional\n")


@pytest.fixture
def required(own_server) -> Server:
    return own_server("srtp: required\n")


@pytest.fixture
def place(folder):
    """Not the test's name: baresip takes no more than 127 signs of the path to its microphone."""
    return folder / f"srtp{next(_places)}"


def the_suite(server: Server, foreign: int = 0) -> str:
    """What the server says of the one call that it had; empty when it was in the clear. `foreign`: packets that nobody vouched for."""
    record = until(lambda: re.search(r".*call ended.*", server.log.read_text(errors="replace")), 10, "the record of the call")
    count = re.search(r"unauthenticated=(\d+)", record[0])
    assert int(count[1] if count else 0) <= foreign, record[0]
    found = re.search(r"srtp=(\S+)", record[0])
    return found[1] if found else ""


def assert_tone(heard, hertz: float = TONE) -> None:
    begin, end = sound.loud_part(heard)
    steady = heard[begin + 8000 : end - 1600]
    assert len(steady) > 8000, "too little sound"
    assert sound.strongest(steady) == pytest.approx(hertz, abs=2)
    assert sound.level_of(hertz, steady) == pytest.approx(-15, abs=1)


def echoed(telephone: Baresip, server: Server) -> None:
    telephone.dial("600", server.endpoint())
    telephone.wait_event("CALL_ESTABLISHED")
    telephone.listen(4)
    telephone.hang_up()
    telephone.close()
    assert_tone(telephone.heard())


# baresip


# It opens the way through a NAT with one RTCP packet ("PINGPONG") in the clear before it has the keys: counted, and dropped.
HOLE = 1


@with_baresip
@pytest.mark.parametrize("encryption", ["srtp", "srtp-mand", "srtp-mandf"])
def test_baresip_hears_its_echo(optional, place, encryption):
    with Baresip(place, "udp", sound.tone(TONE, 30), encryption=encryption) as telephone:
        echoed(telephone, optional)
    assert the_suite(optional, HOLE) in SUITES


@with_baresip
def test_baresip_in_the_clear_hears_its_echo_where_encryption_is_optional(optional, place):
    with Baresip(place, "udp", sound.tone(TONE, 30)) as telephone:
        echoed(telephone, optional)
    assert the_suite(optional) == ""


@with_baresip
def test_baresip_hears_its_echo_where_encryption_is_required(required, place):
    with Baresip(place, "udp", sound.tone(TONE, 30), encryption="srtp-mand") as telephone:
        echoed(telephone, required)
    assert the_suite(required, HOLE) in SUITES


@with_baresip
@pytest.mark.parametrize("encryption", ["", "srtp-mand"])
def test_baresip_is_refused_by_a_server_of_the_other_mind(server, required, place, encryption):
    with Baresip(place, "udp", sound.tone(TONE, 30), encryption=encryption) as telephone:
        telephone.dial("600", (server if encryption else required).endpoint())
        closed = telephone.wait_event("CALL_CLOSED")
        assert "488" in closed.get("param", ""), closed


@with_baresip
def test_an_encrypted_and_a_plain_caller_in_a_room(optional, place):
    with calling(optional, "udp", "3701") as call, Baresip(place, "udp", sound.tone(TONE, 45), encryption="srtp-mand") as telephone:
        call.say(sound.tone(OTHER, 30))
        telephone.dial("3701", optional.endpoint())
        telephone.wait_event("CALL_ESTABLISHED")
        since = call.party.count()
        telephone.listen(5)
        there = call.party.heard(since).samples[-2 * 8000 :]
        telephone.hang_up()
        assert call.bye().status == 200
        telephone.close()
        heard = telephone.heard()
    here = heard[: sound.loud_part(heard)[1]][-2 * 8000 :]
    assert sound.level_of(TONE, there) > -20 and sound.level_of(OTHER, there) < -45
    assert sound.level_of(OTHER, here) > -20 and sound.level_of(TONE, here) < -45


@with_baresip
def test_hold_and_resume_keep_the_sound(optional, place):
    with Baresip(place, "udp", sound.tone(TONE, 45), encryption="srtp-mand") as telephone:
        telephone.dial("600", optional.endpoint())
        telephone.wait_event("CALL_ESTABLISHED")
        telephone.listen(2)
        for word in ("hold", "resume"):
            telephone.command(word)
            telephone.listen(2)
        telephone.listen(2)
        telephone.hang_up()
        telephone.close()
        heard = telephone.heard()
    assert sound.level_of(TONE, heard[: sound.loud_part(heard)[1]][-8000:]) == pytest.approx(-15, abs=1)


# linphonec


@with_linphone
@pytest.mark.parametrize("encryption", ["srtp", "mandatory"])
def test_linphone_hears_its_echo(optional, place, encryption):
    with Linphone(place, "udp", sound.tone(TONE, 45), encryption=encryption) as telephone:
        telephone.dial(optional.uri("600", "udp"))
        telephone.connected()
        goal = telephone.written() + 4 * 16_000
        until(lambda: telephone.written() >= goal, 15, "four seconds of sound at linphonec's ear")
        telephone.hang_up()
        telephone.close()
        assert_tone(telephone.heard())
    assert the_suite(optional) in SUITES


# The product's own telephone


def telephone_call(server: Server, number: str, srtp: str, *words: str) -> tuple[int, dict]:
    command = [str(executable()), "call", f"sip:{number}@127.0.0.1:{server.port}", "--srtp", srtp, "--json", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=REPOSITORY)
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("ours", ["optional", "required"])
@pytest.mark.parametrize("theirs", ["optional", "required"])
def test_our_telephone_hears_its_echo(own_server, place, ours, theirs):
    place.mkdir(parents=True, exist_ok=True)
    write_wav(place / "tone.wav", sound.tone(TONE, 4))
    server = own_server(f"srtp: {theirs}\n")
    status, outcome = telephone_call(server, "600", ours, "--duration", "5", "--play", str(place / "tone.wav"), "--record",
                                     str(place / "heard.wav"))
    assert status == 0 and outcome["srtp"] == "AEAD_AES_256_GCM" and outcome["unauthenticated"] == 0, outcome
    assert_tone(read_wav(place / "heard.wav").samples)
    assert the_suite(server) == "AEAD_AES_256_GCM"


def test_our_telephone_against_a_server_without(server):
    status, outcome = telephone_call(server, "600", "optional", "--duration", "1")
    assert status == 0 and "srtp" not in outcome
    status, outcome = telephone_call(server, "600", "required", "--duration", "1")
    assert status == 1 and outcome["end"].startswith("488"), outcome


def test_our_telephone_in_the_clear_is_refused_where_encryption_is_required(required):
    status, outcome = telephone_call(required, "600", "off", "--duration", "1")
    assert status == 1 and outcome["end"].startswith("488"), outcome


# What is said of it


def test_the_refusal_says_what_is_wanted(required):
    with calling(required, "udp", "600", answered=False) as call:
        call.invite()
        refusal = call.final()
    assert refusal.status == 488
    assert refusal["warning"].startswith("302 ") and "Encryption is required" in refusal["warning"]


def test_no_key_in_log_trace_or_explanation(optional, place):
    key = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk"
    line = f"a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:{key}|2^31"
    with calling(optional, "udp", "600", answered=False) as call:
        body = call.offer().replace(b"RTP/AVP", b"RTP/SAVP") + line.encode() + b"\r\n"
        call.invite(body)
        assert call.final().status == 200
        answered = re.search(r"a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:(\S+)", call.answer.text)
        assert answered and answered[1] != key, call.answer.text
        assert call.answer.media[0][2] == "RTP/SAVP"
        shown = antiphon(optional, "trace", call.call_id, "--json").stdout
    assert "inline:(not shown)" in shown and "AES_CM_128_HMAC_SHA1_80" in shown
    place.mkdir(parents=True, exist_ok=True)
    (place / "offer.sdp").write_bytes(body)
    explained = antiphon(optional, "sdp", "explain", str(place / "offer.sdp")).stdout
    assert "encrypted with AES_CM_128_HMAC_SHA1_80" in explained
    for text in (shown, explained, optional.log.read_text(errors="replace")):
        assert key not in text and answered[1] not in text


def test_check_warns_of_keys_in_the_clear(place):
    place.mkdir(parents=True, exist_ok=True)
    path = place / "antiphon.yaml"
    path.write_text("listeners: [{transport: udp, address: 192.0.2.1}]\nsrtp: required\n")
    done = subprocess.run([str(executable()), "check", "--config", str(path)], capture_output=True, text=True, timeout=30, cwd=REPOSITORY)
    assert "keys-in-clear" in done.stdout + done.stderr and done.returncode == 0
