"""The server is killed while twenty callers leave messages. A message whose caller had ended it is whole, of one that was cut short
at most the last second is gone, and index and disk agree once the server has started again. KILLS=200 for the full run."""

import os
import random
import time
from dataclasses import dataclass, field

import pytest

from harness import recording, sound
from harness.call import Call
from harness.mailboxes import Box, discrepancies
from harness.message import Message
from harness.rtp import Packet, Script
from harness.server import Server
from harness.telephone import Telephone

KILLS = int(os.environ.get("KILLS", "10"))
PER_TEST = 5
CALLERS = 20
BOXES = [str(number) for number in range(1001, 1010)]
# What may be missing at the end of a message that was cut short: the second that is promised.
GRACE = 1.0
# The shortest message that is kept.
SHORTEST = 2.0


@dataclass
class Caller:
    """Says noise of his own from the tone on, and ends it in one of three ways, or is cut short."""
    call: Call
    box: str
    ending: str                   # BYE, keys or none
    end_at: float                 # seconds after his first packet
    packets: list[Packet] = field(default_factory=list)
    keys_at: float = 0.0
    bye_sent: float | None = None
    sent_from: float = 0.0

    def speak(self, seed: int) -> None:
        # A key spares the greeting; the words begin before the tone, so that none of the recording is silence.
        script = Script().silence(0.1).digit("5").audio(sound.chatter(seed, self.end_at if self.ending == "keys" else 30))
        self.packets = list(script.packets)
        if self.ending == "keys":
            # Nobody presses a key within the last word.
            script.silence(0.2).digit("#").silence(0.7).digit("1")
            self.keys_at = script.clock
            script.silence(20)
        self.sent_from = time.monotonic()
        self.call.party.play(script.packets)

    def hang_up(self) -> None:
        self.bye_sent = time.monotonic()
        self.call.telephone.send(self.call.request("BYE"))
        self.call.party.silence_forever()
        self.call.over = True

    def ended_before(self, moment: float) -> bool:
        """The server had confirmed the end: by its 200 to the BYE, or by beginning to say that the message is stored."""
        if self.ending == "BYE":
            return any(m.cseq[1] == "BYE" and m.status == 200 and m.at < moment for m in self.answers())
        # Between a key that is pressed and one that is understood lies a moment.
        return self.ending == "keys" and self.sent_from + self.keys_at + 0.5 < moment

    def answers(self) -> list[Message]:
        return [m for m in list(self.call.telephone.inbox) if self.call.mine(m) and m.status]

    def said(self) -> list[Packet]:
        """The words among what he has really sent."""
        count = sum(1 for _, packet in self.call.party.sent if packet.payload_type == 0)
        return [packet for packet in self.packets if packet.payload_type == 0][:count]

    def check(self, killed_at: float, stored: dict, kill: str) -> str | None:
        """Compares what he said with the message that is there; its state."""
        heard = self.call.party.heard()
        beep = sound.beep_span(heard.samples, shortest=0.3)
        what = f"{kill}: {self.call.local} in {self.box}, ended by {self.ending}"
        wav = stored.get(self.caller)
        if beep is None or not heard.packets:
            assert wav is None, f"{what}: a message without a tone"
            return None
        said = self.said()
        # The recorder is open at the latest a moment after the tone.
        first = next(p for p in heard.packets if (p.timestamp - heard.packets[0].timestamp) & 0xFFFFFFFF >= beep[1] - 160)
        begin = max(0, int((first.at - self.sent_from + 0.4) * 50) - 5) * 160
        ended = self.ended_before(killed_at)
        if ended and self.ending == "BYE":
            promised = self.spoken_by(self.bye_sent - 0.06)
        elif ended:
            promised = len(said) * 160
        else:
            promised = self.spoken_by((self.bye_sent or killed_at) - GRACE)
        # Words that this machine was too busy to send in time come in a heap, of which no receiver keeps everything.
        promised = min(promised, len(said) * 160, self.punctual() - 1600)
        length = (promised - begin) / 8000
        if self.ending == "keys" and length < SHORTEST + 0.4:
            # Too short for a message: the 1 began another attempt, in which nothing was said.
            return None
        if wav is None:
            assert length < SHORTEST - 0.4, f"{what}: {length:.2f} s were promised, there is no message"
            return None
        found = recording.match(wav.samples, recording.as_heard(said))
        if length > 0:
            assert found, f"{what}: none of the words are in {len(wav.samples) / 8000:.2f} s"
            assert found.begin <= begin, f"{what}: it begins {(found.begin - begin) / 8} ms late"
            end = found.begin + found.count
            assert end >= promised, f"{what}: it holds {end / 8000:.2f} s, {promised / 8000:.2f} s were promised ({len(found.rest)} others)"
        return "whole" if ended else "interrupted"

    def punctual(self) -> int:
        """Samples of the words that were sent within 60 ms of their time."""
        words = [(at, packet) for at, packet in self.call.party.sent if packet.payload_type == 0]
        late = (index for index, (at, packet) in enumerate(words) if at - self.sent_from - packet.at > 0.06)
        return next(late, 1 << 20) * 160

    def spoken_by(self, moment: float) -> int:
        return sum(160 for at, packet in self.call.party.sent if packet.payload_type == 0 and at < moment)

    @property
    def caller(self) -> str:
        return self.call.local.split("@")[0].removeprefix("<sip:")


def begin(telephone: Telephone, chance: random.Random, seed: int, number: int) -> list[Caller]:
    callers = []
    for index in range(CALLERS):
        box = chance.choice(BOXES)
        call = Call(telephone, chance.choice([box, f"vm-{box}"]), caller=f"7{number:03}{index:02}")
        callers.append(Caller(call, box, chance.choice(["BYE", "keys", "none"]), round(chance.uniform(3.2, 8.0) * 50) / 50))
    for caller in callers:
        caller.call.invite()
    for index, caller in enumerate(callers):
        assert caller.call.final().status == 200
        caller.speak(seed + index)
    return callers


def messages(server: Server) -> dict:
    """Every message of every mailbox by its caller; the index lists exactly what is on disk."""
    assert discrepancies(server) == []
    found = {}
    for name in BOXES:
        box = Box(server, name)
        listed = box.messages()
        # What was killed between making a file and its first octet is set aside; there is nothing in it to lose.
        files = {file for file in box.files if file.suffix != ".broken" or file.stat().st_size > 0}
        assert {box.path(m) for m in listed} == files, f"{name}: the index lists other files than there are"
        for message in listed:
            assert message["caller"] not in found, "one call has left two messages"
            assert message["state"] == "new", message
            found[message["caller"]] = sound.read_wav(box.path(message))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("part", range((KILLS + PER_TEST - 1) // PER_TEST))
def test_killed_while_messages_are_left(folder, media_ports, part):
    server = Server(folder / f"vmkill{part}", media=media_ports())
    callers: list[Caller] = []
    known: dict[str, bytes] = {}
    counts = {"whole": 0, "interrupted": 0, None: 0}
    killed_at, kill = 0.0, ""
    rounds = min(PER_TEST, KILLS - part * PER_TEST)
    try:
        for number in range(rounds + 1):
            server.start()
            stored = messages(server)
            for caller in callers:
                counts[caller.check(killed_at, stored, kill)] += 1
            for caller, raw in known.items():
                assert caller in stored and stored[caller].raw == raw, f"{kill}: the older message of {caller} is gone or changed"
            known = {caller: wav.raw for caller, wav in stored.items()}
            if callers:
                callers[0].call.telephone.close()
            callers = []
            if number == rounds:
                break
            seed = random.getrandbits(32)
            chance = random.Random(seed)
            kill = f"kill {part * PER_TEST + number}, seed {seed}"
            print(kill)
            telephone = Telephone(server.endpoint(), "udp", "7")
            callers = begin(telephone, chance, seed, part * PER_TEST + number)
            deadline = time.monotonic() + chance.uniform(0.5, 9.0)
            while time.monotonic() < deadline:
                for caller in callers:
                    if caller.ending == "BYE" and caller.bye_sent is None and time.monotonic() > caller.sent_from + caller.end_at:
                        caller.hang_up()
                time.sleep(0.01)
            killed_at = time.monotonic()
            server.kill()
            for caller in callers:
                caller.call.party.silence_forever()
                caller.call.over = True
        assert server.stop() == 0
        print(f"{counts['whole']} whole, {counts['interrupted']} interrupted, {counts[None]} not long enough")
        assert counts["whole"] + counts["interrupted"] > 0
    finally:
        if callers:
            callers[0].call.telephone.close()
        if server.alive:
            server.kill()
