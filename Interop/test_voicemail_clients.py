"""sipp and baresip leave messages and check them by RFC 4733 keys: what is stored and what is played is compared with what was said."""

import pytest

from harness import baresip, recording, sipp, sound
from harness.baresip import Baresip
from harness.listener import assert_whole, clip
from harness.mailboxes import PIN, discrepancies
from harness.pcap import write_pcap
from harness.rtp import Script
from harness.tap import Tap

needs_pcap = pytest.mark.skipif(not (sipp.available() and sipp.may_play_pcap()),
                                reason="sipp (Debian: sip-tester) plays pcap files through a raw socket: needs root or CAP_NET_RAW")
needs_baresip = pytest.mark.skipif(not (baresip.available() and baresip.module_path()),
                                   reason="baresip is not installed (Debian: baresip-core)")
TONE = 710


def play(server, number: str, transport: str, place, script: Script, hold: float) -> Tap:
    place.mkdir(parents=True, exist_ok=True)
    write_pcap(place / "script.pcap", script.packets)
    with Tap(server.endpoint(), transport) as tap:
        sipp.run("plays_sound_and_digits", ("127.0.0.1", tap.port), number, transport, place, hold + 5,
                 dict(pcap=place / "script.pcap", hold=int(hold * 1000)))
        return tap


@needs_pcap
@pytest.mark.parametrize("ending", ["keys", "hanging up"])
def test_sipp(server, folder, box, transport, ending):
    place = folder / "sipp" / f"voicemail-{transport}-{ending.replace(' ', '-')}"
    # A key spares the greeting; the tone is over before the words begin.
    script = Script(ssrc=11).silence(0.8).digit("5").silence(0.9)
    begin = len(script.packets)
    script.audio(sound.chatter(1301, 4))
    said = script.packets[begin:]
    if ending == "keys":
        # A key while the file is still being closed is nobody's: sipp cannot wait for the question, so it waits long.
        script.silence(0.2).digit("#").silence(4).digit("1").silence(8)
    tap = play(server, f"vm-{box.name}", transport, place / "leaves", script, 18 if ending == "keys" else script.clock - 0.2)
    _, wav = box.wait_message()
    spoken = recording.as_heard(said)
    if ending == "keys":
        assert_whole(wav.samples[recording.match(wav.samples, spoken).lead :], said)
        assert sound.occurrences(clip("vm-saved"), tap.heard().samples)
    else:
        found = recording.match(wav.samples, spoken)
        assert found and found.count > 3 * 8000

    keys = Script(ssrc=12).silence(0.8).digits(f"{box.name}#{PIN}#").silence(2).digits("1").silence(16)
    tap = play(server, "*98", transport, place / "checks", keys, 13)
    heard = tap.heard().samples
    assert sound.occurrences(clip("vm-you-have"), heard)
    assert sound.occurrences(spoken[1600 : 3 * 8000], heard, 0.97), "the message is not played as it was said"
    assert box.counts() == (1, 0) and discrepancies(server) == []


@needs_baresip
def test_baresip(server, folder, box, transport):
    place = folder / "baresip" / f"voicemail-{transport}"
    with Baresip(place / "leaves", transport, sound.tone(TONE, 40), "2046") as telephone:
        telephone.dial(f"vm-{box.name}", server.endpoint())
        telephone.wait_event("CALL_ESTABLISHED")
        telephone.listen(1)
        telephone.press("5")
        telephone.listen(4)
        telephone.press("#")
        telephone.listen(2)
        telephone.press("1")
        telephone.wait_event("CALL_CLOSED", 15)
        telephone.close()
        heard = telephone.heard()
    assert sound.occurrences(clip("vm-saved"), heard, 0.75)
    _, wav = box.wait_message()
    begin, end = sound.loud_part(wav.samples)
    assert end - begin > 2.5 * 8000
    assert sound.level_of(TONE, wav.samples[begin + 800 : end - 800]) == pytest.approx(-15, abs=1)
    assert box.messages()[0]["caller"] == "2046"

    with Baresip(place / "checks", transport, sound.tone(300, 40, -70), "2047") as telephone:
        telephone.dial("*98", server.endpoint())
        telephone.wait_event("CALL_ESTABLISHED")
        telephone.listen(1)
        telephone.press(f"{box.name}#{PIN}#")
        telephone.listen(2)
        telephone.press("1")
        telephone.listen(5)
        telephone.hang_up()
        telephone.close()
        heard = telephone.heard()
    assert sound.occurrences(clip("vm-you-have"), heard, 0.75)
    assert max(sound.level_of(TONE, heard[at : at + 8000]) for at in range(0, len(heard) - 8000, 4000)) == pytest.approx(-15, abs=1.5)
    assert box.counts() == (1, 0)
