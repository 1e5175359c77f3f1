import struct

import numpy as np
import pytest

from harness import g711
from quality import spandsp
from quality.goals import goals
from quality.network import Network
from quality.reception import discarded
from quality.report import cells, differences, table
from quality.scores import beside_tone, judged, mean
from quality.speech import TALKERS, speech


@pytest.fixture(scope="module")
def voice():
    return speech(next(talker for talker in TALKERS if talker.prompt), 8000)


def test_scores_fall_with_loss(voice):
    coded = g711.decode(g711.encode(voice))
    clean = judged(voice, np.concatenate([np.zeros(500, np.int16), coded]), 8000, "nb")
    assert clean["pesq"] > 4.0 and clean["stoi"] > 0.99
    lost = Network(loss=0.1).losses(len(voice) // 160, (1,))
    holes = coded[: len(lost) * 160].reshape(-1, 160) * ~lost[:, None]
    concealed = judged(voice, spandsp.conceal(coded, lost), 8000, "nb")
    silent = judged(voice, holes.reshape(-1), 8000, "nb")
    assert silent["pesq"] < concealed["pesq"] < clean["pesq"] - 0.3
    assert judged(voice, np.zeros(8000, np.int16), 8000, "nb") == {"pesq": 1.0, "stoi": 0.0}


def test_spandsp_leaves_alone_what_was_not_lost(voice):
    none = np.zeros(len(voice) // 160, dtype=bool)
    assert np.array_equal(spandsp.conceal(voice, none), voice[: len(none) * 160])


def test_mean_is_over_talkers():
    value, half = mean([("a", 1.0), ("a", 1.0), ("a", 1.0), ("b", 3.0)])
    assert value == 2.0
    assert half == pytest.approx(12.706 * np.sqrt(2) / np.sqrt(2), rel=1e-3)  # t(0.975, 1) * s / sqrt(n)
    assert np.isnan(mean([("a", 1.0)])[1])


def tone(hertz, seconds=1.0, dbfs=-15.0):
    return 10 ** (dbfs / 20) * 32767 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * 8000)) / 8000)


@pytest.mark.parametrize("hertz", [440, 1004, 2600])
def test_a_tone_is_clean_and_its_faults_are_seen(hertz):
    clean = np.round(tone(hertz)).astype(np.int16)
    assert beside_tone(clean, hertz).max() < -60
    assert beside_tone(g711.decode(g711.encode(clean)), hertz).max() < -40
    # Another tone 35 dB below, a phase that jumps by a quarter, 5 ms missing.
    assert beside_tone(clean + tone(hertz + 700, dbfs=-50), hertz).max() == pytest.approx(-35, abs=2)
    period = 8000 / hertz
    assert beside_tone(np.concatenate([clean[:4000], clean[4000 + round(period / 4) :]]), hertz).max() > -20
    holed = clean.copy()
    holed[4000:4040] = 0
    assert beside_tone(holed, hertz).max() > -20
    assert np.mean(beside_tone(holed, hertz) > -40) < 0.05


def test_a_tone_30_hz_beside_is_the_tone():
    assert beside_tone(tone(1030), 1004).max() < -60
    assert beside_tone(tone(1074), 1004).max() > -40


def test_discard_rate():
    block = struct.pack("!BBHI", 7, 0, 8, 99) + bytes([10, 64]) + bytes(26)
    report = struct.pack("!BBHI", 0x80, 207, (8 + len(block)) // 4 - 1, 1) + block
    receiver = struct.pack("!BBHI", 0x80, 201, 1, 1)
    assert discarded([receiver + report]) == 0.25
    assert discarded([receiver, report[:17], b"\x80\xcf"]) is None


def call(**settings):
    plain = {"kind": "speech", "path": "echo", "cell": "loss5", "talker": "a", "seed": 0, "side": "main", "pesq": 3.0, "stoi": 0.9}
    return plain | settings


def test_goals_tell_met_from_missed():
    calls = [call(spandsp_pesq=2.85), call(talker="b", spandsp_pesq=2.85), call(path="record", cell="jitter60", differing=0),
             call(kind="delay", cell="jitter20", delay=0.05, waited=0.04, settled=0.04, late=0.006, discarded=None),
             call(kind="tone", cell="clean", worst=-39.0, beyond=0.1, sent=-45.0)]
    assert [goal.met for goal in goals(calls)] == [True, True, True, True, False, False]
    assert [goal.met for goal in goals([call()])] == [None] * 6
    calls[2]["differing"] = 1
    assert goals(calls)[0].met is False


def test_pairs_are_compared_call_by_call():
    calls = [call(talker=talker, side=side, pesq=level + (side == "main") * 0.2) for talker, level in (("a", 2.0), ("b", 4.0))
             for side in ("main", "against")]
    figures = differences(calls)["loss5"]["echo"]
    assert figures["pesq"] == pytest.approx(0.2) and figures["pesq_half"] == pytest.approx(0.0, abs=1e-6)
    assert cells([each for each in calls if each["side"] == "main"])["loss5"]["echo"]["pesq"] == pytest.approx(3.2)
    assert "+0.20" in table(differences(calls), signed=True)
