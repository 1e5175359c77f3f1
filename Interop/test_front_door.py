"""The menu at 101, key by key: what is heard is found again among the prompts."""

import pytest

from conftest import prompt
from harness import recording, sound
from harness.call import calling
from harness.wait import until


def hears(call, name: str, timeout: float = 12.0, since: int = 0) -> int:
    """Waits until the clip was heard in full; where it begins."""
    clip = prompt(f"en/{name}.wav")
    found = until(lambda: [at for at, _ in sound.occurrences(clip, call.party.heard().samples) if at >= since],
                  timeout + len(clip) / 8000, f"the prompt {name!r}", 0.3)
    return found[0]


def press(call, keys: str, **fault) -> None:
    script = call.following().silence(0.2).digits(keys, **fault).silence(40)
    call.party.play(script.packets)


@pytest.fixture
def menu(server, transport):
    with calling(server, transport, "101", user="2468013579") as call:
        yield call


def test_it_welcomes_and_names_the_choices(menu):
    menu.say(sound.tone(300, 40, -60))
    welcome = hears(menu, "welcome")
    assert hears(menu, "main-menu", 15) > welcome


def test_key_1_gives_a_spoken_answer_and_comes_back(menu):
    press(menu, "1")
    answer = hears(menu, "spoken-answer")
    assert len(sound.occurrences(prompt("en/main-menu.wav"), menu.party.heard().samples[:answer])) == 0, "the key stops the prompt"


def test_key_2_plays_music_until_a_key(menu, music):
    press(menu, "2")
    until(lambda: music_heard(menu, music), 14, "music", 0.5)
    length = len(menu.party.heard().samples)
    press(menu, "5")
    until(lambda: len(menu.party.heard().samples) > length + 6 * 8000, 10, "more sound")
    late = menu.party.heard().samples[length + 2 * 8000 :]
    assert max((score for _, score in sound.occurrences(late[:8000], music, 0.0)), default=0) < 0.8, "the music goes on after a key"


def music_heard(call, music) -> bool:
    heard = call.party.heard().samples
    return len(heard) > 16000 and sound.align(heard[-16000:], music).correlation > 0.9


def test_key_3_records_and_plays_back(menu):
    press(menu, "3")
    until(lambda: sound.beep_span(menu.party.heard().samples), 14, "the beep")
    script = menu.following().audio(sound.chatter(1003, 3))
    said = recording.as_heard(script.packets)
    script.digit("#").silence(30)
    menu.party.play(script.packets)
    until(lambda: sound.align(said[1600:-1600], menu.party.heard().samples).correlation > 0.9, 14, "the own voice", 0.5)


@pytest.mark.slow
def test_key_9_spells_the_number(menu):
    press(menu, "9")
    at = hears(menu, "your-number-is")
    # The number was chosen so that each digit occurs once.
    for digit in "2468013579":
        at = hears(menu, f"digits/{digit}", 12, at)


def test_a_key_without_meaning_is_named_and_asked_again(menu):
    press(menu, "8")
    assert hears(menu, "invalid-key") > 0
    press(menu, "1")
    hears(menu, "spoken-answer", 14)


@pytest.mark.slow
def test_silence_is_noticed_and_ends_in_goodbye(menu):
    menu.say(sound.tone(300, 90, -90))
    hears(menu, "no-input", 35)
    hears(menu, "goodbye", 60)
    menu.wait_request("BYE", 8)
    menu.over = True
