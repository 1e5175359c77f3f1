"""Every codec: baresip, linphonec and the product's own telephone hear and are heard; recorded, in a room and over a bridge with G.711."""

import itertools
import json
import re
import subprocess

import pytest

from harness import baresip, linphone, sound
from harness.baresip import Baresip
from harness.call import calling
from harness.linphone import Linphone
from harness.mailboxes import Box
from harness.recording import files, new_recording
from harness.server import REPOSITORY, Server, executable
from harness.sound import read_wav, to_8k, write_wav
from harness.telephone import token
from harness.wait import until

with_baresip = pytest.mark.skipif(not (baresip.available() and baresip.module_path()),
                                  reason="baresip is not installed (Debian: baresip-core)")
with_linphone = pytest.mark.skipif(not linphone.available(), reason="linphonec is not installed (Debian: linphone-cli)")

# `HIGH` is what a telephone's band does not hold.
TONE, OTHER, HIGH = 710, 1129, 5300
WIDE = ["opus", "g722", "l16"]
CODECS = [*WIDE, "pcma", "pcmu"]
# It has L16 at 44.1 kHz alone.
LINPHONES = [codec for codec in CODECS if codec != "l16"]
# One of each: a name in the configuration, and what callers name it.
ALL = "codecs: [opus, g722, pcmu, pcma, l16, l16/8000]\n"
_places = itertools.count(1)
_rooms = itertools.count(3801)


@pytest.fixture
def wide(own_server) -> Server:
    return own_server(ALL + 'voicemail: {mailboxes: ["1001"], first_pin: "7391"}\n')


@pytest.fixture
def place(folder):
    """Not the test's name: baresip takes no more than 127 signs of the path to its microphone."""
    return folder / f"codec{next(_places)}"


def the_codec(server: Server) -> str:
    """That of the one call that the server had, as its record says."""
    record = until(lambda: re.search(r".*call ended.*", server.log.read_text(errors="replace")), 10, "the record of the call")
    found = re.search(r" codec=(\S+)", record[0])
    assert found, record[0]
    return found[1]


def steady(heard, rate: int = 8000):
    """Without the beginning, where a decoder finds its way and a jitter buffer its delay."""
    begin, end = sound.loud_part(heard)
    part = heard[begin + rate : end - rate // 5]
    assert len(part) > rate, "too little sound"
    return part


def assert_tone(heard, hertz: float = TONE, level: float = -15) -> None:
    part = steady(heard)
    assert sound.strongest(part) == pytest.approx(hertz, abs=2)
    assert sound.level_of(hertz, part) == pytest.approx(level, abs=1)
    assert sound.rest_beside(hertz, part) < level - 20, "something else is heard"


# baresip

# It brings its microphone to 16 kHz 1.2 dB louder than it is.
BARESIPS = {"g722": -13.8, "l16": -13.8}


def baresips_call(telephone: Baresip, server: Server, number: str, seconds: float, keys: str = ""):
    telephone.dial(number, server.endpoint())
    telephone.wait_event("CALL_ESTABLISHED")
    telephone.listen(seconds)
    if keys:
        telephone.press(keys)
        telephone.listen(1)
    telephone.hang_up()
    telephone.close()
    return telephone.heard()


@with_baresip
@pytest.mark.parametrize("codec", CODECS)
def test_baresip_hears_its_echo(wide, place, codec):
    with Baresip(place, "udp", sound.tone(TONE, 30), codec=codec) as telephone:
        assert_tone(baresips_call(telephone, wide, "600", 5), level=BARESIPS.get(codec, -15))
    assert the_codec(wide) == codec


@with_baresip
@pytest.mark.parametrize("codec", CODECS)
def test_baresip_hears_speech(wide, place, demonstration, codec):
    with Baresip(place, "udp", sound.tone(TONE, 30), codec=codec) as telephone:
        heard = baresips_call(telephone, wide, "602", 6)
    pieces = [demonstration[begin : begin + 8000] for begin in range(8000, 32000, 8000)]
    assert any(sound.occurrences(piece, heard, 0.7) for piece in pieces), "the speech of 602 is not heard"
    assert sound.level_of(TONE, heard) < -35


@with_baresip
@pytest.mark.parametrize("codec", CODECS)
def test_baresip_is_recorded(wide, place, codec):
    before = files(wide.recordings)
    with Baresip(place, "udp", sound.tone(TONE, 30), codec=codec) as telephone:
        baresips_call(telephone, wide, "603", 6, "#")
    _, wav = new_recording(wide.recordings, before)
    assert_tone(to_8k(wav.samples, wav.rate), level=BARESIPS.get(codec, -15))


# linphonec


def a_linphone(place, codec: str) -> Linphone:
    rate = linphone.RATES.get(codec, 8_000)
    return Linphone(place, "udp", sound.tone(TONE, 45, rate=rate), codec=codec)


def listen(telephone: Linphone, seconds: float) -> None:
    goal = telephone.written() + seconds * 2 * telephone.rate
    until(lambda: telephone.written() >= goal, seconds + 10, f"{seconds} s of sound at linphonec's ear")


@with_linphone
@pytest.mark.parametrize("codec", LINPHONES)
def test_linphone_hears_its_echo(wide, place, codec):
    with a_linphone(place, codec) as telephone:
        telephone.dial(wide.uri("600", "udp"))
        telephone.connected()
        listen(telephone, 5)
        telephone.hang_up()
        telephone.close()
        heard = steady(telephone.heard())
    assert sound.strongest(heard) == pytest.approx(TONE, abs=2)
    assert sound.level_of(TONE, heard) == pytest.approx(-15, abs=1)
    assert sound.rest_beside(TONE, heard) < -25
    assert the_codec(wide) == codec


@with_linphone
@pytest.mark.parametrize("codec", LINPHONES)
def test_linphone_is_recorded(wide, place, codec):
    before = files(wide.recordings)
    with a_linphone(place, codec) as telephone:
        telephone.dial(wide.uri("603", "udp"))
        telephone.connected()
        listen(telephone, 6)
        telephone.press("#")
        _, wav = new_recording(wide.recordings, before, 10)
        telephone.hang_up()
    # Its G.722 takes 14 of 16 bits, where libspandsp (and so baresip) takes 15: what it sends is 6 dB softer, and it plays it louder.
    assert_tone(to_8k(wav.samples, wav.rate), level=-21 if codec == "g722" else -15)


# The product's own telephone


def command(server: Server, number: str, codec: str, *words: str) -> list[str]:
    return [str(executable()), "call", f"sip:{number}@127.0.0.1:{server.port}", "--codec", codec, "--json", *words]


def telephone_call(server: Server, number: str, codec: str, *words: str) -> dict:
    done = subprocess.run(command(server, number, codec, *words), capture_output=True, text=True, timeout=60, cwd=REPOSITORY)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("codec", [*CODECS, "l16/8000"])
def test_our_telephone_hears_its_echo(wide, place, codec):
    place.mkdir(parents=True, exist_ok=True)
    rate = 16_000 if codec in WIDE else 8_000
    said = sound.tone(TONE, 5, rate=rate) // 2 + sound.tone(HIGH, 5, rate=rate) // 2 if codec in WIDE else sound.tone(TONE, 5, -21)
    write_wav(place / "tone.wav", said, rate)
    outcome = telephone_call(wide, "600", codec, "--duration", "5.5", "--play", str(place / "tone.wav"), "--record",
                             str(place / "heard.wav"))
    assert outcome["codec"] == codec and outcome["lost"] == 0, outcome
    assert the_codec(wide) == codec
    wav = read_wav(place / "heard.wav")
    assert wav.rate == rate, "it records at the rate of its codec"
    heard = steady(wav.samples, rate)
    assert sound.level_of(TONE, heard, rate) == pytest.approx(-21, abs=1)
    if codec in WIDE:
        assert sound.level_of(HIGH, heard, rate) == pytest.approx(-21, abs=2), "the band of the codec is not used"


@pytest.mark.parametrize("codec", WIDE)
def test_our_telephone_leaves_a_message(wide, place, codec):
    place.mkdir(parents=True, exist_ok=True)
    write_wav(place / "tone.wav", sound.tone(TONE, 12, rate=16_000), 16_000)
    box = Box(wide, "1001")
    known = box.files
    outcome = telephone_call(wide, "vm-1001", codec, "--duration", "9", "--play", str(place / "tone.wav"), "--wait", "1", "--dtmf", "5")
    assert outcome["codec"] == codec
    _, wav = box.wait_message(known)
    assert_tone(to_8k(wav.samples, wav.rate))


@pytest.mark.parametrize("codec", WIDE)
def test_in_a_room_with_a_caller_in_g711(wide, place, codec):
    place.mkdir(parents=True, exist_ok=True)
    write_wav(place / "tone.wav", sound.tone(TONE, 20, rate=16_000), 16_000)
    room = str(next(_rooms))
    with calling(wide, "udp", room) as call:
        call.say(sound.tone(OTHER, 20))
        telephone = subprocess.Popen(command(wide, room, codec, "--duration", "7", "--play", str(place / "tone.wav"), "--record",
                                             str(place / "heard.wav")), stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
        try:
            until(lambda: sound.level_of(TONE, call.party.heard(max(0, call.party.count() - 25)).samples) > -20, 10, "the other's tone")
            since = call.party.count()
            until(lambda: call.party.count() > since + 150, 10, "three seconds of the room")
            there = call.party.heard(since).samples[: 3 * 8000]
            out, _ = telephone.communicate(timeout=20)
        finally:
            if telephone.poll() is None:
                telephone.kill()
                telephone.wait(5)
        assert call.bye().status == 200
    assert json.loads(out)["codec"] == codec
    wav = read_wav(place / "heard.wav")
    heard = to_8k(wav.samples, wav.rate)
    here = heard[: sound.loud_part(heard)[1]][-3 * 8000 : -1600]
    assert sound.level_of(TONE, there) == pytest.approx(-15, abs=2) and sound.level_of(OTHER, there) < -45
    assert sound.level_of(OTHER, here) == pytest.approx(-15, abs=2) and sound.level_of(TONE, here) < -45


# Two parties

DIALLER = """scenario: out
states:
  start:
    - dial: {to: "sip:600@127.0.0.1:PORT", timeout: 20s, else: {reject: 480}}
    - hangup
"""


@pytest.fixture
def bridge(own_server, folder):
    """Two servers: 700 at the first calls the echo at the second, which has the codecs of the test."""
    def make(theirs: str) -> tuple[Server, Server]:
        second = own_server(f"codecs: [{theirs}]\n")
        scenarios = folder / f"scenarios-{token(6)}"
        scenarios.mkdir()
        (scenarios / "out.yaml").write_text(DIALLER.replace("PORT", str(second.port)))
        first = own_server(f"{ALL}scenarios: {scenarios}\nprompts: {REPOSITORY}/prompts\nservices: false\n"
                           f'dial_targets: ["sip:*@127.0.0.1:{second.port}"]\nroutes:\n  - {{dial: "700", scenario: out}}\n')
        return first, second

    return make


@pytest.mark.parametrize("ours, theirs, second_has", [
    ("opus", "pcma", "pcma"), ("pcmu", "opus", "opus"), ("g722", "opus", "opus"),
    # The caller's comes first in what the second is offered: nothing is transcoded.
    ("g722", "g722", "opus, g722, pcmu"), ("opus", "opus", "pcmu, opus"), ("pcma", "pcma", "opus, g722, pcmu, pcma"),
])
def test_two_codecs_on_a_bridge(bridge, place, ours, theirs, second_has):
    place.mkdir(parents=True, exist_ok=True)
    write_wav(place / "tone.wav", sound.tone(TONE, 5, rate=16_000), 16_000)
    first, second = bridge(second_has)
    outcome = telephone_call(first, "700", ours, "--duration", "5.5", "--play", str(place / "tone.wav"), "--record",
                             str(place / "heard.wav"))
    assert outcome["codec"] == ours
    assert the_codec(first) == ours and the_codec(second) == theirs
    wav = read_wav(place / "heard.wav")
    assert_tone(to_8k(wav.samples, wav.rate))


def test_a_caller_with_none_of_the_codecs_is_refused(own_server):
    server = own_server("codecs: [opus]\n")
    done = subprocess.run(command(server, "600", "pcmu", "--duration", "1"), capture_output=True, text=True, timeout=30, cwd=REPOSITORY)
    assert done.returncode == 1 and json.loads(done.stdout)["end"].startswith("488"), done.stdout


@pytest.mark.parametrize("codec", ["opus", "g722"])
def test_load_in_a_codec(wide, codec):
    # The first call in a codec waits for its music to be made, where the server has only just started.
    subprocess.run(command(wide, "602", codec, "--duration", "2"), capture_output=True, timeout=30, cwd=REPOSITORY)
    done = subprocess.run([str(executable()), "load", f"sip:602@127.0.0.1:{wide.port}", "--codec", codec, "--calls", "8", "--rate", "20",
                           "--duration", "10", "--json"], capture_output=True, text=True, timeout=60, cwd=REPOSITORY)
    outcome = json.loads(done.stdout)
    assert outcome["codec"] == codec and outcome["up"] == 8 and outcome["sequence_gaps"] == 0, outcome
    # Nothing is missing between the first packet and the last; the first may be late where other tests have the machine.
    assert outcome["received"] > 0.92 * outcome["expected"], outcome
