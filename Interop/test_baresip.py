"""baresip dials every number over UDP and TCP: its microphone is a file, its ear another, and keys are pressed as a user would."""

import numpy as np
import pytest

from conftest import prompt
from harness import baresip, recording, sound
from harness.baresip import Baresip

pytestmark = pytest.mark.skipif(not (baresip.available() and baresip.module_path()),
                                reason="baresip is not installed (Debian: baresip-core)")

TONE = 710


@pytest.fixture
def telephone(folder, request, transport):
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)
    with Baresip(folder / "baresip" / name, transport, sound.tone(TONE, 45)) as telephone:
        yield telephone


def heard_in(telephone, server, number: str, seconds: float, keys: str = "") -> np.ndarray:
    """Dials, presses keys after a second, listens, hangs up; what was heard."""
    telephone.dial(number, server.endpoint())
    telephone.wait_event("CALL_ESTABLISHED")
    if keys:
        telephone.listen(1.0)
        telephone.press(keys)
    telephone.listen(seconds)
    telephone.hang_up()
    telephone.close()
    return telephone.heard()


def test_600_echo(server, telephone):
    heard = heard_in(telephone, server, "600", 4)
    begin, end = sound.loud_part(heard)
    steady = heard[begin + 8000 : end - 1600]
    assert len(steady) > 8000
    assert sound.strongest(steady) == pytest.approx(TONE, abs=2)
    assert sound.level_of(TONE, steady) == pytest.approx(-15, abs=1)


@pytest.mark.slow
def test_601_demonstration(server, telephone, demonstration):
    telephone.dial("601", server.endpoint())
    telephone.wait_event("CALL_ESTABLISHED")
    telephone.wait_event("CALL_CLOSED", len(demonstration) / 8000 + 10)
    telephone.close()
    heard = telephone.heard()
    # baresip's own jitter buffer may lose or repeat a frame; most of the sound must still be the file's.
    third = len(demonstration) // 3
    for begin in (0, third, 2 * third):
        found = sound.align(demonstration[begin : begin + third], heard)
        assert found.correlation > 0.6, (begin, found)
    scores = [max((s for _, s in sound.occurrences(demonstration[b : b + 8000], heard, 0.5)), default=0)
              for b in range(0, len(demonstration) - 8000, 8000)]
    assert np.median(scores) > 0.9, scores


def test_602_loop(server, telephone, demonstration):
    heard = heard_in(telephone, server, "602", 5)
    assert sound.occurrences(demonstration[8000:16000], heard, 0.9)
    assert sound.level_of(TONE, heard) < -35


def loudest_second(heard) -> float:
    """Of the own tone, which is heard only when it is played back: when that begins depends on how long the disk takes."""
    return max(sound.level_of(TONE, heard[begin : begin + 8000]) for begin in range(0, max(1, len(heard) - 8000), 4000))


@pytest.mark.slow
def test_603_record(server, telephone):
    before = recording.files(server.recordings)
    telephone.dial("603", server.endpoint())
    telephone.wait_event("CALL_ESTABLISHED")
    telephone.listen(5)
    telephone.press("#")
    telephone.listen(9)
    telephone.close()
    _, wav = recording.new_recording(server.recordings, before)
    begin, end = sound.loud_part(wav.samples)
    assert end - begin > 2 * 8000
    assert sound.level_of(TONE, wav.samples[begin + 1600 : end - 1600]) == pytest.approx(-15, abs=1)
    heard = telephone.heard()
    assert sound.beep_span(heard), "no beep"
    assert loudest_second(heard) > -25, "the own tone is not played back"


def test_604_rings(server, telephone):
    telephone.dial("604", server.endpoint())
    telephone.wait_event("CALL_RINGING")
    telephone.listen(1)
    telephone.hang_up()
    if not telephone.has("CALL_CLOSED"):
        telephone.wait_event("CALL_CLOSED")
    assert not telephone.has("CALL_ESTABLISHED")


def test_605_early_media(server, telephone):
    telephone.dial("605", server.endpoint())
    telephone.wait_event("CALL_PROGRESS")
    telephone.listen(3.5)
    telephone.hang_up()
    telephone.close()
    assert not telephone.has("CALL_ESTABLISHED")
    heard = telephone.heard()
    assert sound.level(heard) > -45, "no early sound"


def test_606_busy(server, telephone):
    telephone.dial("606", server.endpoint())
    closed = telephone.wait_event("CALL_CLOSED")
    assert "486" in closed["param"] or "busy" in closed["param"].lower(), closed


def test_moh(server, telephone, music):
    heard = heard_in(telephone, server, "moh", 5)
    begin, _ = sound.loud_part(heard)
    piece = heard[begin + 8000 : begin + 3 * 8000]
    assert sound.align(piece, np.concatenate([music, music])).correlation > 0.9


@pytest.mark.parametrize("keys, clip", [("1", "spoken-answer"), ("9", "your-number-is"), ("8", "invalid-key")])
def test_101_menu(server, telephone, keys, clip):
    heard = heard_in(telephone, server, "101", 9, keys)
    assert sound.occurrences(prompt(f"en/{clip}.wav"), heard, 0.75), f"{clip} is not heard"


@pytest.mark.slow
def test_101_records_and_plays_back(server, telephone):
    telephone.dial("101", server.endpoint())
    telephone.wait_event("CALL_ESTABLISHED")
    telephone.listen(1)
    telephone.press("3")
    telephone.listen(len(prompt("en/record-after-tone.wav")) / 8000 + 4)
    telephone.press("#")
    telephone.listen(len(prompt("en/you-said.wav")) / 8000 + 6)
    telephone.close()
    heard = telephone.heard()
    assert sound.beep_span(heard)
    assert loudest_second(heard) > -30, "the own tone is not played back"


def test_two_telephones_hear_themselves_only(server, folder, transport):
    tones = (500, 930)
    telephones = [Baresip(folder / "baresip" / f"pair-{transport}-{hertz}", transport, sound.tone(hertz, 20)) for hertz in tones]
    try:
        for telephone in telephones:
            telephone.dial("600", server.endpoint())
        for telephone in telephones:
            telephone.wait_event("CALL_ESTABLISHED")
        telephones[0].listen(4)
    finally:
        for telephone in telephones:
            telephone.close()
    for index, telephone in enumerate(telephones):
        heard = telephone.heard()
        begin, end = sound.loud_part(heard)
        steady = heard[begin + 8000 : end - 1600]
        assert sound.level_of(tones[index], steady) == pytest.approx(-15, abs=1)
        assert sound.level_of(tones[1 - index], steady) < -45
