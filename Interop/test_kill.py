"""The server is killed at random moments of recordings. What was said more than a second before must be on disk, and every
file must be playable once the server has started again. KILLS=200 for the full run; the seeds are printed."""

import os
import random
import time

import pytest

from harness import recording, sound
from harness.call import Call
from harness.server import Server
from harness.telephone import Telephone

KILLS = int(os.environ.get("KILLS", "20"))
PER_TEST = 5
CALLERS = 3
# What may be missing at the end: the second that is promised.
GRACE = 1.0


def speak(server: Server, telephone: Telephone, seed: int):
    call = Call(telephone, "603")
    call.answered()
    return call, call.say(sound.chatter(seed, 30)).packets


def check(call, packets, killed_at: float, stored: dict, kill: str) -> str | None:
    """Compares one caller's words with the files; gives back the name of the file that holds them."""
    said = recording.as_heard(packets)
    beep = sound.beep_span(call.party.heard().samples)
    sent = call.party.sent
    name, found = next(((name, m) for name, wav in stored.items() if (m := recording.match(wav.samples, said))), (None, None))
    promised = sum(1 for at, _ in sent if at < killed_at - GRACE) * 160
    begin = None
    if beep and beep[1] < len(call.party.heard().samples):
        # Words within the first moments after the beep may fall before the recorder's start.
        begin = int((call.party.heard().first_arrival + beep[1] / 8000 - sent[0][0] + 0.4) * 8000)
        begin = max(begin, 0)
    if begin is None or promised - begin < 160:
        return name
    assert found, f"{kill}: {(promised - begin) / 8000:.2f} s were promised, no file has them; files: {sorted(stored)}"
    assert found.begin <= begin, f"{kill}: {name} begins {(found.begin - begin) / 8000:.2f} s late"
    end = found.begin + found.count
    assert end >= promised, (
        f"{kill}: {name} holds {end / 8000:.2f} s, {promised / 8000:.2f} s were promised ({len(found.rest)} other samples)")
    return name


@pytest.mark.slow
@pytest.mark.parametrize("part", range((KILLS + PER_TEST - 1) // PER_TEST))
def test_killed_while_recording(folder, media_ports, part):
    server = Server(folder / f"kill{part}", media=media_ports())
    pending, known, checked = [], set(), 0
    try:
        for number in range(min(PER_TEST, KILLS - part * PER_TEST) + 1):
            server.start()
            stored, broken = {}, []
            for path in recording.files(server.recordings):
                try:
                    wav = sound.read_wav(path)
                    if path.name not in known:
                        stored[path.name] = wav
                except ValueError as error:
                    broken.append(str(error))
            assert not broken, broken
            for call, packets, killed_at, kill in pending:
                checked += check(call, packets, killed_at, stored, kill) is not None
            for call, *_ in pending:
                call.telephone.close()
            known |= set(stored)
            pending = []
            if number == min(PER_TEST, KILLS - part * PER_TEST):
                break
            seed = random.getrandbits(32)
            chance = random.Random(seed)
            kill = f"kill {part * PER_TEST + number}, seed {seed}"
            print(kill)
            callers = [speak(server, Telephone(server.endpoint(), "udp", f"20{index}"), seed + index) for index in range(CALLERS)]
            time.sleep(chance.uniform(0.2, 6.5))
            killed_at = time.monotonic()
            server.kill()
            for call, packets in callers:
                call.party.silence_forever()
                call.over = True
                pending.append((call, packets, killed_at, kill))
        leftovers = [path for path in server.data.rglob("*") if path.is_file() and path.suffix == ".part"]
        assert not leftovers, f"unfinished files after start-up: {leftovers}"
        assert server.stop() == 0
        print(f"{checked} recordings found")
    finally:
        for call, *_ in pending:
            call.telephone.close()
        if server.alive:
            server.kill()
