"""What callers and owners of mailboxes do again and again."""

import numpy as np

from . import recording, sound
from .call import calling
from .listener import Listener, assert_whole
from .mailboxes import PIN, Box


def skip_greeting(listener: Listener) -> None:
    """Any key spares the greeting; the tone comes next."""
    listener.press("5")
    listener.hears_beep()


def speak(listener: Listener, seed: int, seconds: float = 3.0) -> list:
    """Says seeded noise to its end."""
    said = listener.say(sound.chatter(seed, seconds))
    listener.wait_said(said)
    return said


def leave(box: Box, seed: int, seconds: float = 3.0, user: str = "2001") -> np.ndarray:
    """Leaves a message by hanging up; what was said."""
    known = box.files
    with calling(box.server, "udp", f"vm-{box.name}", user) as call:
        listener = Listener(call)
        skip_greeting(listener)
        said = speak(listener, seed, seconds)
        assert call.bye().status == 200
    _, wav = box.wait_message(known)
    assert_whole(wav.samples, said)
    return recording.as_heard(said)[3200:-800]


def log_in(listener: Listener, box: Box, pin: str = PIN) -> None:
    """By *98 and keys; the counts follow."""
    listener.hears("vm-enter-mailbox")
    listener.press(f"{box.name}#").hears("vm-enter-pin")
    listener.press(f"{pin}#")


def log_in_quickly(listener: Listener, box: Box, pin: str = PIN) -> None:
    """Keys typed ahead of the questions."""
    listener.press(f"{box.name}#{pin}#").hears("vm-main-menu", timeout=25)
