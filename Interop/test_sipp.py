"""sipp dials every number over UDP and TCP; a tap in its line keeps what it says and hears, for sipp itself cannot tell."""

import numpy as np
import pytest

from conftest import prompt
from harness import g711, recording, sipp, sound
from harness.pcap import write_pcap
from harness.rtp import Script
from harness.tap import Tap

pytestmark = pytest.mark.skipif(not sipp.available(), reason="sipp is not installed (Debian: sip-tester)")
needs_pcap = pytest.mark.skipif(not sipp.may_play_pcap(), reason="sipp plays pcap files through a raw socket: needs root or CAP_NET_RAW")


@pytest.fixture
def place(folder, request):
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)
    path = folder / "sipp" / name
    path.mkdir(parents=True, exist_ok=True)
    return path


@pytest.fixture
def tone_file(place):
    """Raw mu-law, as rtp_stream plays it."""
    path = place / "tone.ulaw"
    path.write_bytes(g711.encode(sound.tone(620, 20)))
    return path


def assert_hears_itself(tap: Tap, hertz: float = 620, seconds: float = 1.0) -> None:
    heard = tap.heard().samples
    begin, end = sound.loud_part(heard, -40)
    steady = heard[begin + 1600 : end - 800]
    assert len(steady) > seconds * 8000, f"{len(steady) / 8000:.2f} s heard; {tap.signalling}"
    assert sound.level_of(hertz, steady) == pytest.approx(-15, abs=1)
    assert sound.rest_beside(hertz, steady) < -38


def play(scenario, server, number, transport, place, seconds, **keys) -> Tap:
    with Tap(server.endpoint(), transport) as tap:
        sipp.run(scenario, ("127.0.0.1", tap.port), number, transport, place, seconds, keys)
        return tap


def test_600_echo(server, transport, place, tone_file):
    assert_hears_itself(play("echo_of_a_tone", server, "600", transport, place, 6, audio=tone_file, hold=3000))


@pytest.mark.slow
def test_601_demonstration(server, transport, place, demonstration):
    length = len(demonstration) / 8000
    tap = play("listens_until_the_server_hangs_up", server, "601", transport, place, length + 8, hold=int((length + 6) * 1000))
    found = sound.align(demonstration, tap.heard().samples)
    assert found.correlation > 0.95, found
    assert found.overlap > len(demonstration) - 800


def test_602_loop(server, transport, place, tone_file, demonstration):
    tap = play("echo_of_a_tone", server, "602", transport, place, 8, audio=tone_file, hold=5000)
    heard = tap.heard().samples
    assert sound.align(demonstration[: 4 * 8000], heard).correlation > 0.95
    assert sound.level_of(620, heard) < -40, "the caller's own tone comes back"


@needs_pcap
@pytest.mark.slow
def test_603_record(server, transport, place):
    before = recording.files(server.recordings)
    script = Script(ssrc=7).audio(sound.chatter(36031, 6))
    spoken = len(script.packets)
    script.digit("#").silence(10)
    write_pcap(place / "speech.pcap", script.packets)
    tap = play("plays_sound_and_digits", server, "603", transport, place, 20, pcap=place / "speech.pcap", hold=14000)
    _, wav = recording.new_recording(server.recordings, before)
    said = recording.as_heard(script.packets[:spoken])
    found = recording.match(wav.samples, said)
    assert found and found.begin + found.count >= len(said) - 480, found
    stored = said[found.begin : found.begin + found.count]
    assert sound.align(stored, tap.heard().samples).correlation > 0.9, "not played back"


def test_604_rings(server, transport, place):
    play("gives_up_while_it_rings", server, "604", transport, place, 6, hold=1500)


def test_605_early_media(server, transport, place, tone_file):
    tap = play("gives_up_during_early_media", server, "605", transport, place, 6, audio=tone_file, hold=3000)
    heard = tap.heard().samples
    assert len(heard) > 2 * 8000 and sound.level(heard) > -45, "no early sound"


def test_606_busy(server, transport, place):
    play("finds_it_busy", server, "606", transport, place, 4)


def test_moh(server, transport, place, tone_file, music):
    tap = play("echo_of_a_tone", server, "moh", transport, place, 8, audio=tone_file, hold=5000)
    heard = tap.heard().samples[4000 : 4 * 8000]
    assert sound.align(heard, np.concatenate([music, music])).correlation > 0.95


@needs_pcap
def test_101_menu(server, transport, place):
    script = Script().silence(0.6).digit("1").silence(12)
    write_pcap(place / "keys.pcap", script.packets)
    tap = play("plays_sound_and_digits", server, "101", transport, place, 18, pcap=place / "keys.pcap", hold=10000)
    assert len(sound.occurrences(prompt("en/spoken-answer.wav"), tap.heard().samples)) == 1


def test_an_unknown_number(server, transport, place):
    play("finds_nobody", server, "98765", transport, place, 4)


def test_codec_that_nobody_knows(server, transport, place):
    play("codec_that_nobody_knows", server, "600", transport, place, 4)


def test_ack_lost_twice(server, place, tone_file):
    tap = play("ack_lost_twice", server, "600", "udp", place, 9, audio=tone_file, hold=2500)
    starts = [line for _, _, line in tap.signalling]
    before = starts[: next(index for index, line in enumerate(starts) if line.startswith("ACK"))]
    assert before.count("SIP/2.0 200 OK") == 3, before
    assert_hears_itself(tap)


def test_late_offer(server, transport, place, tone_file):
    assert_hears_itself(play("late_offer", server, "600", transport, place, 6, audio=tone_file, hold=2500))


def test_holds_and_resumes(server, transport, place, tone_file):
    tap = play("holds_and_resumes", server, "602", transport, place, 8, audio=tone_file, hold=1500)
    arrivals = np.array([packet.at for packet in tap.from_server])
    pause = np.max(np.diff(arrivals))
    assert 0.7 < pause < 1.6, f"the longest pause of the sound is {pause:.2f} s; it was held for 1 s"


def test_hangs_up_before_the_ack(server, place):
    play("hangs_up_before_the_ack", server, "600", "udp", place, 5)


def test_asks_what_the_server_can(server, transport, place):
    sipp.run("asks_what_the_server_can", server.endpoint(), "600", transport, place, 4)


def test_fifty_calls_at_once(server, transport, place, tone_file):
    sipp.run("echo_of_a_tone", server.endpoint(), "600", transport, place, 12, dict(audio=tone_file, hold=2000), calls=50)
    server.assert_alive()
