"""The measuring tools measured: a suite that compares sound must itself tell right from wrong."""

from dataclasses import replace

import numpy as np
import pytest

from harness import g711, recording, rtp, sound
from harness.message import SDP, offer, parse, split_list
from harness.rtp import Packet, Script, assemble


def test_g711_agrees_with_the_recommendation():
    # Some values of tables 2a/G.711 and 1a/G.711 in 16-bit scale.
    assert [int(g711.MU_TO_LINEAR[code]) for code in (0x00, 0x80, 0x7F, 0xFF, 0x8F)] == [-32124, 32124, 0, 0, 16764]
    assert [int(g711.A_TO_LINEAR[code]) for code in (0xD5, 0x55, 0x2A, 0xAA)] == [8, -8, -32256, 32256]
    for payload_type in (g711.PCMU, g711.PCMA):
        codes = bytes(code for code in range(256) if not (payload_type == g711.PCMU and code == 0x7F))
        again = g711.encode(g711.decode(codes, payload_type), payload_type)
        assert g711.decode(again, payload_type).tolist() == g711.decode(codes, payload_type).tolist()


@pytest.mark.parametrize("hertz, dbfs", [(440, -15), (1000, -30), (3100, -6)])
def test_levels(hertz, dbfs):
    tone = sound.tone(hertz, 2, dbfs)
    assert sound.level(tone) == pytest.approx(dbfs, abs=0.1)
    assert sound.level_of(hertz, tone) == pytest.approx(dbfs, abs=0.1)
    assert sound.level_of(hertz + 300, tone) < -70
    assert sound.rest_beside(hertz, tone) < -70
    assert sound.strongest(tone) == pytest.approx(hertz, abs=1)


def test_another_tone_is_the_rest():
    both = sound.tone(440, 2, -15) + sound.tone(900, 2, -35)
    assert sound.rest_beside(440, both) == pytest.approx(-35, abs=0.3)


@pytest.mark.parametrize("shift", [-5000, 0, 7777])
def test_alignment(shift):
    reference = sound.chatter(1, 4)
    heard = np.concatenate([np.zeros(max(0, shift), np.int16), reference[max(0, -shift) :] // 2])
    found = sound.align(reference, heard)
    assert found.offset == shift and found.correlation > 0.99 and found.gain == pytest.approx(-6, abs=0.1)
    assert sound.align(sound.chatter(2, 4), heard).correlation < 0.1


def test_occurrences_are_counted():
    clip = sound.chatter(3, 0.5)
    heard = np.concatenate([sound.tone(300, 1), clip, sound.tone(500, 0.3), clip, clip, sound.chatter(4, 1)])
    assert [at for at, _ in sound.occurrences(clip, heard)] == [8000, 14400, 18400]


def test_a_beep_is_neither_speech_nor_noise():
    heard = np.concatenate([sound.chatter(5, 1), np.zeros(1600, np.int16), sound.tone(880, 0.3), np.zeros(800, np.int16),
                            sound.chatter(6, 1)])
    begin, end, hertz = sound.beep_span(heard)
    assert abs(begin - 9600) <= 160 and abs(end - 12000) <= 160 and hertz == pytest.approx(880, abs=5)
    assert sound.beep_span(sound.chatter(7, 5)) is None


def test_a_recording_with_one_wrong_sample_is_told():
    said = recording.as_heard(Script().audio(sound.chatter(8, 3)).packets)
    stored = np.concatenate([np.zeros(100, np.int16), said[4000:20000], np.zeros(50, np.int16)])
    found = recording.match(stored, said)
    assert (found.begin, found.lead, found.count) == (4000, 100, 16000)
    wrong = stored.copy()
    wrong[9000] ^= 0x100
    assert recording.match(wrong, said).count == 8900
    assert recording.match(recording.as_heard(Script().audio(sound.chatter(9, 3)).packets), said) is None


def test_wav_lengths_must_be_true(tmp_path):
    path = tmp_path / "a.wav"
    sound.write_wav(path, sound.tone(440, 1))
    assert len(sound.read_wav(path).samples) == 8000
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(sound.BadWAV):
        sound.read_wav(path)
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(sound.BadWAV):
        sound.read_wav(path)


def test_packets_survive_and_gaps_are_counted():
    script = Script(sequence=65534, timestamp=2**32 - 320).audio(sound.tone(440, 0.2))
    packets = [Packet.decode(packet.encode(), packet.at) for packet in script.packets]
    assert packets == script.packets or [p.payload for p in packets] == [p.payload for p in script.packets]
    whole, holed = assemble(packets), assemble(rtp.lose(packets, [3]))
    assert len(whole.samples) == 1600 and whole.gaps == 0 and holed.gaps == 160


def test_a_machine_that_stood_still_is_no_loss_but_a_skipped_time_line_is():
    packets = Script(sequence=65534).audio(sound.tone(440, 0.2)).packets
    later = [replace(p, at=p.at + 0.1, timestamp=(p.timestamp + 800) & 0xFFFFFFFF) if i > 4 else p for i, p in enumerate(packets)]
    skipped = [replace(p, at=packets[i].at) for i, p in enumerate(later)]
    assert (assemble(later).gaps, assemble(later).stalls) == (0, 800)
    assert (assemble(skipped).gaps, assemble(skipped).stalls) == (800, 0)


def test_digits_keep_one_time_line():
    script = Script(timestamp=0).audio(sound.tone(440, 0.1)).digit("5", hold=0.1).silence(0.1)
    events = [p for p in script.packets if p.payload_type == 101]
    assert {p.timestamp for p in events} == {800} and sum(p.payload[1] >> 7 for p in events) == 3
    assert script.packets[-1].timestamp == 800 + 800 + 640
    assert [p.sequence for p in script.packets] == [(script.packets[0].sequence + i) & 0xFFFF for i in range(len(script.packets))]


def test_messages_and_descriptions():
    message = parse(b"SIP/2.0 200 OK\r\nv: SIP/2.0/UDP a;branch=1,\r\n SIP/2.0/UDP b\r\nt: <sip:x@y;z=1>;tag=q\r\nCSeq: 3 BYE\r\n\r\nbody")
    assert (message.status, message.method, message.to_tag, message.body) == (200, "BYE", "q", b"body")
    assert split_list(["<sip:a;lr>, \"x, y\" <sip:b?q=1,2>", "<sip:c>"]) == ["<sip:a;lr>", "\"x, y\" <sip:b?q=1,2>", "<sip:c>"]
    description = SDP(offer(4000, direction="sendonly", extra="m=video 0 RTP/AVP 96\r\na=inactive").decode())
    assert description.port == 4000 and description.direction(0) == "sendonly" and description.direction(1) == "inactive"
    assert description.address == "127.0.0.1"
