"""A caller who listens: prompts are awaited one after the other, and keys are pressed when the test says so."""

import functools
import time

import numpy as np

from . import g711, recording, sound
from .call import Call
from .rtp import Packet
from .server import REPOSITORY
from .wait import until

# How long the server may take to begin saying something, beside what it says.
PATIENCE = 14.0
# Samples by which a prompt is known.
BEGIN = 20_000


@functools.cache
def clip(name: str, locale: str = "en") -> np.ndarray:
    """A prompt as it sounds at 8 kHz."""
    wav = sound.read_wav(REPOSITORY / "prompts" / locale / f"{name}.wav", strict=False)
    return sound.to_8k(wav.samples, wav.rate)


class Listener:
    """What was heard so far lies behind `place`; each prompt is looked for after the one before it."""

    def __init__(self, call: Call, locale: str = "en"):
        self.call, self.locale = call, locale
        self.place = 0  # in packets that have arrived

    def samples(self) -> np.ndarray:
        """What was heard after the last thing that was awaited."""
        return self.call.party.heard(self.place).samples

    def now(self) -> None:
        """Whatever comes must come from here on."""
        self.place = self.call.party.count()

    def hears_sound(self, wanted: np.ndarray, what: str, timeout: float = PATIENCE, threshold: float = 0.85) -> None:
        """Waits until it was heard in full."""
        found = until(lambda: sound.occurrences(wanted, self.samples(), threshold), timeout + len(wanted) / 8000,
                      f"{what} after packet {self.place}", 0.3)
        self._pass(found[0][0] + len(wanted))

    def _pass(self, samples: int) -> None:
        """Moves the place on, past all packets that lie within so many samples. The server is silent at times, so that packets are not
        a measure of time; what follows may begin within a packet."""
        packets = self.call.party.heard(self.place).packets
        begin = packets[0].timestamp
        self.place += sum(1 for packet in packets if ((packet.timestamp - begin) & 0xFFFFFFFF) + len(packet.payload) <= samples)

    def hears(self, *names: str, timeout: float = PATIENCE, locale: str | None = None) -> "Listener":
        """These prompts, in this order. Of a long one the begin is enough: who knows the menu need not hear it out."""
        for name in names:
            self.hears_sound(clip(name, locale or self.locale)[:BEGIN], f"the prompt {name!r}", timeout)
        return self

    def spells(self, digits: str) -> "Listener":
        """A number, digit by digit. Such short clips resemble one another more than sentences do."""
        for digit in digits:
            self.hears_sound(clip(f"digits/{digit}", self.locale), f"the digit {digit} of {digits}", 6, 0.8)
        return self

    def heard_before(self, name: str) -> bool:
        """Whether a prompt was heard anywhere in the call."""
        return bool(sound.occurrences(clip(name, self.locale), self.call.party.heard().samples, 0.85))

    def hears_beep(self, timeout: float = PATIENCE) -> float:
        """Waits until a beep is over; when that was, by the monotonic clock."""

        def ended() -> int:
            heard = self.call.party.heard(self.place)
            beep = sound.beep_span(heard.samples)
            # While the server records it sends next to nothing: a pause ends the beep as well as another sound.
            over = beep and (beep[1] < len(heard.samples) or time.monotonic() - heard.packets[-1].at > 0.1)
            return beep[1] if over else 0

        self._pass(until(ended, timeout, f"a beep after packet {self.place}"))
        return self.call.party.received[self.place - 1].at

    def hears_the_end(self, timeout: float = PATIENCE) -> None:
        """The server hangs up."""
        self.call.wait_request("BYE", timeout)
        self.call.over = True

    def press(self, keys: str, **fault) -> "Listener":
        """RFC 4733 keys, and silence after them; what comes afterwards is listened to."""
        self.now()
        script = self.call.following().silence(0.1).digits(keys, **fault)
        self.call.party.play(script.silence(40).packets)
        return self

    def say(self, samples: np.ndarray, keys: str = "", pause: float = 0.0) -> list[Packet]:
        """Speaks from now on, and presses keys when everything is said; the packets with what was said."""
        script = self.call.following().audio(samples)
        spoken = len(script.packets)
        if pause:
            script.silence(pause)
        script.digits(keys).silence(40)
        self.call.party.play(script.packets)
        return script.packets[:spoken]

    def wait_said(self, packets: list[Packet], timeout: float | None = None) -> None:
        last = packets[-1].sequence
        until(lambda: any(packet.sequence == last for _, packet in self.call.party.sent[-400:]), timeout or packets[-1].at + 8,
              "the end of what is said", 0.02)


def same_as(stored: np.ndarray, said: list[Packet]) -> recording.Match:
    """What is stored is what was said, sample for sample; raises when it is nothing of it."""
    found = recording.match(stored, recording.as_heard(said))
    assert found, f"nothing of what was said is in {len(stored) / 8000:.2f} s of recording"
    return found


def assert_whole(stored: np.ndarray, said: list[Packet], missing: int = 480, late: int = 3200) -> None:
    """All that was said is stored; `late` samples may be lost before the recorder began, `missing` at the end."""
    found = same_as(stored, said)
    count = sum(len(packet.payload) for packet in said if packet.payload_type in (g711.PCMU, g711.PCMA))
    assert found.begin <= late, f"it begins {found.begin / 8} ms late"
    end = found.begin + found.count
    assert end >= count - missing, f"the same up to {end / 8000:.2f} of {count / 8000:.2f} s, then {len(found.rest) / 8000:.2f} s of others"
    assert len(found.rest) == 0 or sound.level(found.rest) < -60, "what follows the last word is not silence"
