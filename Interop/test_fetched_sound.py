"""Prompts from HTTP sources: what callers hear of them, and what the web server is asked."""

import subprocess

import pytest

from harness import sound
from harness.call import calling
from harness.publisher import Publisher
from harness.server import REPOSITORY, executable
from harness.sound import write_wav
from harness.telephone import token
from harness.wait import until

TONE, OTHER = 710, 1130
SCENARIO = """
scenario: published
handlers: {{error: {{goto: trouble}}}}
states:
  start: [answer, play: [{{url: "{url}"}}], {{goto: after}}]
  after: [play: [{{tone: dial, for: 1s}}], hangup]
  trouble: [log: "it cannot be played", play: [{{tone: busy, for: 1s}}], hangup]
"""


@pytest.fixture
def publisher():
    publisher = Publisher()
    yield publisher
    publisher.close()


@pytest.fixture
def wave(folder):
    """A WAV file of two seconds: its bytes."""
    def make(hertz: float, rate: int = 16000) -> bytes:
        path = folder / f"tone-{token(6)}.wav"
        write_wav(path, sound.tone(hertz, 2, rate=rate), rate)
        return path.read_bytes()

    return make


@pytest.fixture
def playing(folder, own_server):
    """A server whose 700 plays the address. The web server is listed, unless `hosts` says otherwise."""
    def make(publisher: Publisher, path: str, more: str = "", **settings):
        scenarios = folder / f"scenarios-{token(6)}"
        scenarios.mkdir()
        (scenarios / "published.yaml").write_text(SCENARIO.format(url=publisher.url(path)))
        extra = (f"scenarios: {scenarios}\nprompts: {REPOSITORY}/prompts\nservices: false\nroutes:\n  - {{dial: \"700\", scenario: published}}\n"
                 f"http: {{hosts: [\"http://127.0.0.1:{publisher.port}\"], timeout: 4s{more}}}\n")
        return own_server(extra=extra, **settings)

    return make


def heard(server) -> "sound.np.ndarray":
    """All of one call, to the BYE of the server."""
    with calling(server, "udp", "700") as call:
        call.wait_request("BYE", 30)
        return call.party.heard().samples


def first_tone(samples) -> float:
    begin, end = sound.loud_part(samples, -40)
    assert end - begin > 3800, "nothing is heard"
    return sound.strongest(samples[begin + 800 : begin + 4800])


def test_it_is_heard_and_asked_for_by_its_tag(publisher, wave, playing):
    publisher.pages["/a.wav"] = wave(TONE)
    server = playing(publisher, "/a.wav")
    samples = heard(server)
    assert abs(first_tone(samples) - TONE) < 5
    # Two seconds of it, and then the dial tone: the call has gone on.
    begin, end = sound.loud_part(samples, -40)
    assert 2.8 * 8000 < end - begin < 3.3 * 8000
    assert abs(first_tone(heard(server)) - TONE) < 5
    assert publisher.statuses("/a.wav") == [200, 304]
    publisher.pages["/a.wav"] = wave(OTHER, 48000)
    assert abs(first_tone(heard(server)) - OTHER) < 5
    assert publisher.statuses("/a.wav") == [200, 304, 200]


def test_what_is_fresh_is_not_asked_for_even_after_a_restart(publisher, wave, playing):
    publisher.control = "max-age=600"
    publisher.pages["/a.wav"] = wave(TONE)
    server = playing(publisher, "/a.wav")
    for _ in range(2):
        assert abs(first_tone(heard(server)) - TONE) < 5
    assert server.stop() == 0
    again = playing(publisher, "/a.wav", data=server.data)
    assert abs(first_tone(heard(again)) - TONE) < 5
    assert publisher.statuses("/a.wav") == [200]


def test_the_copy_plays_while_the_server_is_away(publisher, wave, playing):
    publisher.pages["/a.wav"] = wave(TONE)
    server = playing(publisher, "/a.wav")
    assert abs(first_tone(heard(server)) - TONE) < 5
    publisher.status = 503
    assert abs(first_tone(heard(server)) - TONE) < 5
    publisher.close()
    assert abs(first_tone(heard(server)) - TONE) < 5
    assert "the copy of an earlier time serves" in server.log.read_text()


@pytest.mark.parametrize("page, reason", [(None, "the server answered 404"), (b"<html>no sound</html>", "reading its format failed")])
def test_what_cannot_be_played_is_an_error_with_its_reason(publisher, playing, page, reason):
    if page:
        publisher.pages["/a.wav"] = page
    server = playing(publisher, "/a.wav")
    assert abs(first_tone(heard(server)) - 425) < 5
    log = server.log.read_text()
    assert reason in log and "it cannot be played" in log and publisher.url("/a.wav") in log


def test_callers_at_one_time_cause_one_request_and_nobody_is_held_up(publisher, wave, playing):
    publisher.control = "max-age=600"
    publisher.pages["/a.wav"] = wave(TONE)
    publisher.delay = 2
    server = playing(publisher, "/a.wav")
    with calling(server, "udp", "700") as one, calling(server, "udp", "700") as two, calling(server, "udp", "700") as gone:
        # The event loop answers while it waits.
        assert one.telephone.options(1.0).status == 200
        assert gone.bye().status == 200
        until(lambda: "call ended" in server.log.read_text(), 1.5, "the end of the call of who has left")
        for call in (one, two):
            call.wait_request("BYE", 30)
            assert abs(first_tone(call.party.heard().samples) - TONE) < 5
    assert publisher.statuses("/a.wav") == [200]


def test_a_server_that_never_answers_ends_by_the_timeout(publisher, wave, playing):
    publisher.pages["/a.wav"] = wave(TONE)
    publisher.delay = 9
    server = playing(publisher, "/a.wav")
    assert abs(first_tone(heard(server)) - 425) < 5
    assert "no whole answer in time" in server.log.read_text()


def test_who_is_not_listed_is_refused_by_the_check(folder, publisher):
    place = folder / f"check-{token(6)}"
    (place / "scenarios").mkdir(parents=True)
    (place / "scenarios" / "published.yaml").write_text(SCENARIO.format(url=publisher.url("/a.wav")))
    configuration = (f"scenarios: {place}/scenarios\nprompts: {REPOSITORY}/prompts\nservices: false\n"
                     "routes:\n  - {dial: \"700\", scenario: published}\n")
    for more, code in (("", 1), ("http: {hosts: [media.example]}\n", 1), (f"http: {{hosts: [\"http://127.0.0.1:{publisher.port}\"]}}\n", 0)):
        (place / "antiphon.yaml").write_text(configuration + more)
        done = subprocess.run([str(executable()), "check", "--config", str(place / "antiphon.yaml")], capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stdout + done.stderr
        assert ("published.yaml:5:32: error: " in done.stdout + done.stderr and "[closed-host]" in done.stdout + done.stderr) == (code == 1), done.stdout
    assert publisher.requests == []
