"""Every number of the default configuration, dialled by a telephone that measures what it hears, over UDP and TCP."""

import numpy as np
import pytest

from harness import recording, sound
from harness.call import calling
from harness.wait import until


def assert_one_clean_stream(call) -> None:
    """One SSRC, sequence numbers without a hole, a time line that follows them: RFC 3550 section 5.1."""
    packets = call.party.heard().packets
    assert len({packet.ssrc for packet in packets}) == 1
    for before, after in zip(packets, packets[1:]):
        assert (after.sequence - before.sequence) & 0xFFFF == 1, f"sequence {before.sequence} then {after.sequence}"
        assert (after.timestamp - before.timestamp) & 0xFFFFFFFF == len(before.payload), "the time line jumps"


def test_600_gives_back_the_own_tone_and_nothing_else(server, transport):
    with calling(server, transport, "600") as call:
        call.say(sound.tone(440, 4, -15))
        call.party.wait_played(8)
        heard = call.party.heard().samples
        steady = heard[8000:-1600]
        assert len(steady) > 1.5 * 8000, f"{len(heard) / 8000:.2f} s of echo"
        assert sound.strongest(steady) == pytest.approx(440, abs=2)
        assert sound.level_of(440, steady) == pytest.approx(-15, abs=1)
        assert sound.rest_beside(440, steady) < -45
        assert call.bye().status == 200


def test_600_comes_back_sample_for_sample(server):
    """Without loss and within one codec an echo is the same bytes; a resampler or a second coding would show."""
    with calling(server, "udp", "600") as call:
        said = recording.as_heard(call.say(sound.chatter(600, 3)).packets)
        call.party.wait_played(8)
        heard = call.party.heard().samples
        # Where the machine stalls the server waits a little longer from then on; all that is not at that very place stays as it was.
        pieces = [said[begin : begin + 160].tobytes() for begin in range(4000, 20000, 160)]
        same = np.mean([piece in heard.tobytes() for piece in pieces])
        assert same > 0.9, f"{same:.1%} of the packets are the same"


@pytest.mark.slow
def test_601_plays_the_demonstration_once_and_hangs_up(server, transport, demonstration):
    with calling(server, transport, "601") as call:
        length = len(demonstration) / 8000
        call.wait_request("BYE", length + 8)
        call.over = True
        heard = call.party.heard()
        found = sound.align(demonstration, heard.samples)
        assert found.correlation > 0.95, found
        assert abs(found.gain) < 1, f"{found.gain:+.2f} dB"
        begin, end = sound.loud_part(heard.samples)
        first, last = sound.loud_part(demonstration)
        assert abs((end - begin) - (last - first)) < 800, f"{(end - begin) / 8000:.2f} s heard, {(last - first) / 8000:.2f} s in the file"
        assert abs(len(heard.samples) - len(demonstration)) < 0.8 * 8000, "what is sent besides the file"
        assert heard.gaps == 0
        assert_one_clean_stream(call)


@pytest.mark.slow
def test_602_begins_again(server, demonstration):
    with calling(server, "udp", "602") as call:
        length = len(demonstration) / 8000
        until(lambda: len(call.party.heard().samples) > (length + 6) * 8000, length + 12, "the second round", 0.5)
        heard = call.party.heard().samples
        start = demonstration[: 4 * 8000]
        found = sound.occurrences(start, heard, 0.9)
        assert len(found) == 2, found
        assert (found[1][0] - found[0][0]) / 8000 == pytest.approx(length, abs=0.6)
        assert_one_clean_stream(call)
        assert call.bye().status == 200


def test_602_over_tcp_starts_like_the_file(server, demonstration):
    with calling(server, "tcp", "602") as call:
        until(lambda: len(call.party.heard().samples) > 5 * 8000, 9, "5 s of sound")
        found = sound.align(demonstration[: 4 * 8000], call.party.heard().samples)
        assert found.correlation > 0.95, found
        assert call.bye().status == 200


def test_603_stores_what_was_said_and_plays_it_back(server, transport):
    before = recording.files(server.recordings)
    with calling(server, transport, "603") as call:
        script = call.script().audio(sound.chatter(603, 6))
        hash_at = script.clock
        script.digit("#").silence(12)
        call.party.play(script.packets)
        said = recording.as_heard([packet for packet in script.packets if packet.at < hash_at])

        beep = until(lambda: sound.beep_span(call.party.heard().samples), 6, "the beep")
        beep_end = call.party.heard().first_arrival + beep[1] / 8000
        path, wav = recording.new_recording(server.recordings, before, 14)
        assert wav.rate == 8000
        found = recording.match(wav.samples, said)
        assert found, f"nothing of what was said is in {path.name} ({len(wav.samples) / 8000:.2f} s)"
        assert found.lead <= 1600, f"{found.lead} samples before the first that was said"
        began = call.party.sent[0][0] + found.begin / 8000
        assert abs(began - beep_end) < 0.4, f"the recording begins {began - beep_end:+.2f} s after the beep"
        assert found.begin + found.count >= len(said) - 480, (
            f"same up to {found.begin + found.count} of {len(said)}, then other: recording and speech part ways")
        assert sound.level(found.rest) < -60, "the rest after the last word is not silence"

        stored = said[found.begin : found.begin + found.count]
        until(lambda: sound.align(stored, call.party.heard().samples).correlation > 0.97, 10, "the recording played back", 0.5)
        if call.telephone.look(lambda m: m.status is None and m.method == "BYE", 12):
            call.over = True


def test_603_keeps_what_was_said_when_the_caller_hangs_up(server, transport):
    before = recording.files(server.recordings)
    with calling(server, transport, "603") as call:
        script = call.say(sound.chatter(6031, 20))
        until(lambda: (b := sound.beep_span(call.party.heard().samples)) and b[1] < len(call.party.heard().samples), 6, "the beep")
        count = call.party.count()
        until(lambda: len(call.party.sent) > 50 * 5 or call.party.count() > count + 150, 8, "3 s of recording")
        sent = len(call.party.sent)
        assert call.bye().status == 200
        said = recording.as_heard(script.packets)
        path, wav = recording.new_recording(server.recordings, before)
        found = recording.match(wav.samples, said)
        assert found, path.name
        assert found.begin + found.count >= (sent - 3) * 160, (
            f"{(sent * 160 - found.begin - found.count) / 8} ms before the BYE are missing")
        assert len(found.rest) == 0 or sound.level(found.rest) < -60


def test_604_rings_until_the_caller_gives_up(server, transport):
    with calling(server, transport, "604", answered=False) as call:
        call.invite()
        ringing = call.wait_status(180)
        assert ringing.to_tag, "a 180 makes an early dialog (RFC 3261 section 12.1)"
        assert call.telephone.look(lambda m: (m.status or 0) >= 200, 2.5) is None, "604 is never answered"
        call.cancel()
        assert call.wait_status(200, method="CANCEL").status == 200
        assert call.final().status == 487


def test_605_speaks_before_it_answers(server, transport):
    with calling(server, transport, "605", answered=False) as call:
        call.invite()
        progress = call.wait_status(183)
        call.learn(progress)
        assert call.answer, "a 183 with sound carries a session description"
        call.say(sound.tone(300, 3))
        until(lambda: len(call.party.heard().samples) > 2.5 * 8000, 8, "early media")
        assert sound.level(call.party.heard().samples) > -45, "early media is silent"
        assert call.count(lambda m: (m.status or 0) >= 200) == 0
        call.cancel()
        assert call.final().status == 487
        call.telephone.look(lambda m: False, 0.3)
        count = call.party.count()
        call.telephone.look(lambda m: False, 0.5)
        assert call.party.count() == count, "sound goes on after the 487"


def test_606_is_busy(server, transport):
    with calling(server, transport, "606", answered=False) as call:
        call.invite()
        assert call.final().status == 486


def test_moh_plays_the_music(server, transport, music):
    with calling(server, transport, "moh") as call:
        until(lambda: len(call.party.heard().samples) > 6 * 8000, 10, "6 s of music")
        heard = call.party.heard().samples[4000 : 5 * 8000]
        # The music may begin anywhere: what was heard is looked for in two rounds of it.
        found = sound.align(heard, np.concatenate([music, music]))
        assert found.correlation > 0.95, found
        assert abs(found.gain) < 1
        assert_one_clean_stream(call)
        assert call.bye().status == 200


def test_an_unknown_number_is_not_found(server, transport):
    with calling(server, transport, "7654321", answered=False) as call:
        call.invite()
        assert call.final().status == 404
