"""Keys that control what plays: where it is, how fast and how loud, heard by a caller."""

import time

import numpy as np
import pytest

from harness import sound
from harness.call import calling
from harness.listener import Listener
from harness.server import REPOSITORY
from harness.telephone import token
from harness.wait import until

PLAY = """scenario: stairs
states:
  start:
    - answer
    - play:
        prompt: [{file: "PATH"}]
        controls: {pause: 5, back: 4, forward: 6, restart: 1, slower: 7, faster: 9, quieter: 2, louder: 3}
        barge_in: true
    - hangup
"""
# A second on each stair.
FIRST, STEP, STAIRS = 400, 60, 30


@pytest.fixture
def caller(own_server, folder):
    """Somebody who hears stairs of tones, one a second."""
    name = token(6)
    stairs = folder / f"stairs-{name}.wav"
    sound.write_wav(stairs, np.concatenate([sound.tone(FIRST + STEP * stair, 1, -20) for stair in range(STAIRS)]))
    scenarios = folder / f"scenarios-{name}"
    scenarios.mkdir()
    (scenarios / "stairs.yaml").write_text(PLAY.replace("PATH", str(stairs)))
    server = own_server(extra=f'scenarios: {scenarios}\nprompts: {REPOSITORY}/prompts\nservices: false\nprompts_loudness: "off"\n'
                        'codecs: [pcmu]\nroutes:\n  - {dial: "700", scenario: stairs}\n')
    with calling(server, "udp", "700") as call:
        until(lambda: call.party.count() > 25, 10, "the first stair")
        yield Listener(call)


def place(caller: Listener) -> float:
    """The stair that is heard now, once there was nothing else for a tenth of a second."""
    def steady():
        heard = caller.call.party.heard().samples[-800:]
        stair = (sound.strongest(heard) - FIRST) / STEP
        return [stair] if abs(stair - round(stair)) < 0.1 and sound.level(heard) > -40 else None
    return round(until(steady, 3, "a stair", 0.02)[0])


def press(caller: Listener, key: str) -> None:
    caller.press(key)
    time.sleep(0.6)


def level(caller: Listener) -> float:
    place(caller)
    return sound.level(caller.call.party.heard().samples[-800:])


def test_it_is_moved_and_stands_still(caller):
    time.sleep(1.5)
    before = place(caller)
    press(caller, "6")
    there = place(caller)
    assert there - before in (5, 6), f"from {before} to {there}"
    press(caller, "5")
    count = caller.call.party.count()
    time.sleep(2)
    assert caller.call.party.count() - count <= 1, "it goes on"
    press(caller, "5")
    assert place(caller) - there in (0, 1, 2), "it goes on where it stood"
    press(caller, "4")
    assert place(caller) <= there - 2
    press(caller, "1")
    assert place(caller) in (0, 1)
    caller.press("8")
    caller.hears_the_end()


@pytest.mark.parametrize("key, share", [("9", 1.25), ("7", 0.75)])
def test_it_is_faster_or_slower_at_the_same_pitch(caller, key, share):
    press(caller, key)
    places = []
    for _ in range(16):
        places.append((time.monotonic(), place(caller)))
        time.sleep(0.5)
    slope = np.polyfit(*zip(*places), 1)[0]
    assert slope == pytest.approx(share, abs=0.08), [stair for _, stair in places]


def test_it_is_quieter_and_louder(caller):
    was = level(caller)
    press(caller, "22")
    assert level(caller) == pytest.approx(was - 6, abs=0.7)
    press(caller, "333")
    assert level(caller) == pytest.approx(was + 3, abs=0.7)
