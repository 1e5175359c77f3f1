"""What an operator or a stranger can give the server that it cannot use: each gets a clear answer, and the server lives."""

import random
import shutil
import socket
import subprocess
import time

import pytest

from harness import disk, recording, sound
from harness.call import Call, calling
from harness.message import offer
from harness.server import REPOSITORY, Server, executable, free_port
from harness.telephone import Telephone
from harness.wait import until


def refused(server: Server, seconds: float = 15) -> str:
    """Starts a server that must refuse; what it said."""
    process = server.spawn()
    try:
        status = process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
        raise AssertionError(f"the server started all the same:\n{server.tail()}") from None
    assert status > 0, f"exit status {status}:\n{server.tail()}"
    assert "Fatal error" not in server.tail(200), server.tail()
    return server.tail(200)


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_a_busy_port_is_named(folder, media_ports, kind):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as taken:
        port = free_port()
        taken.bind(("127.0.0.1", port))
        if kind == "tcp":
            taken.listen(1)
        words = refused(Server(folder / f"busy-{kind}", port=port, media=media_ports()))
        assert str(port) in words and kind in words.lower(), words


def broken_prompts(folder, how) -> Server:
    prompts = folder / "prompts"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copytree(REPOSITORY / "prompts", prompts)
    how(prompts / "en" / "welcome.wav")
    return Server(folder, extra=f"prompts: {prompts}\n")


BREAKAGES = {
    "text": lambda path: path.write_text("this is no sound\n" * 9),
    "empty": lambda path: path.write_bytes(b""),
    "missing": lambda path: path.unlink(),
    "folder": lambda path: (path.unlink(), path.mkdir()),
    "cut within its header": lambda path: path.write_bytes(path.read_bytes()[:20]),
}


@pytest.mark.parametrize("what", BREAKAGES)
def test_a_prompt_that_cannot_be_read_is_named_at_start(folder, what):
    words = refused(broken_prompts(folder / f"prompt-{what}", BREAKAGES[what]))
    assert "welcome" in words, words


@pytest.mark.parametrize("extra, named", [
    ("routes:\n  - {dial: \"700\", scenario: nobody-wrote-this}\n", "nobody-wrote-this"),
    ("rutes: []\n", "rutes"),
    ("log: loud\n", "loud"),
    ("peers: [not-a-network]\n", "not-a-network"),
    ("domain: [a, b]\n", "domain"),
    ("routes: {\n", "antiphon.yaml"),
], ids=["scenario", "key", "level", "network", "type", "syntax"])
def test_a_wrong_configuration_is_refused_with_its_place(folder, extra, named):
    server = Server(folder / f"configuration-{named}", extra=extra)
    words = refused(server)
    assert named in words, words
    assert "antiphon.yaml:" in words, f"no file:line in\n{words}"


def test_a_missing_configuration_file_is_named(folder):
    result = subprocess.run([executable(), "serve", "--config", str(folder / "nowhere.yaml")], capture_output=True, text=True, timeout=15,
                            cwd=REPOSITORY)
    assert result.returncode > 0 and "nowhere.yaml" in result.stdout + result.stderr


def test_a_data_folder_that_cannot_be_written_is_named(folder):
    path = folder / "a-file-not-a-folder"
    path.write_text("x")
    server = Server(folder / "no-data", data=folder)
    server.data = path
    assert path.name in refused(server)


def test_a_full_disk_ends_the_recording_and_nothing_else(folder, media_ports, tiny_disk):
    server = Server(folder / "full", media=media_ports(), data=tiny_disk(4096)).start()
    try:
        filler = disk.fill(server.data, room=60 * 1024)
        with calling(server, "udp", "600") as other, calling(server, "udp", "603") as call:
            other.say(sound.tone(440, 25))
            call.say(sound.chatter(9, 40))
            call.wait_request("BYE", 35)
            call.over = True
            steady = other.party.heard().samples[-16000:]
            assert sound.level_of(440, steady) == pytest.approx(-15, abs=1), "another call suffers from the full disk"
            assert other.bye().status == 200
        assert any(word in server.tail(400).lower() for word in ("no space", "disk is full", "full disk", "enospc", "disk")), server.tail()
        filler.unlink()
        with calling(server, "udp", "603") as call:
            until(lambda: sound.beep_span(call.party.heard().samples), 6, "a beep after there is room again")
        server.assert_alive()
        assert server.stop() == 0
    finally:
        if server.alive:
            server.kill()


def seed_requests(telephone: Telephone) -> list[bytes]:
    body = offer(40_000)
    return [telephone.request("OPTIONS").encode(),
            telephone.request("INVITE", "606", body=body, headers=(("Content-Type", "application/sdp"),)).encode(),
            telephone.request("BYE", "600", to_tag="x").encode(), telephone.request("CANCEL", "600").encode(),
            b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx\r\nCSeq: 1 INVITE\r\n\r\n"]


def mutated(raw: bytes, chance: random.Random) -> bytes:
    data = bytearray(raw)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) or 1)
        kind = chance.randrange(6)
        if kind == 0 and data:
            data[at] = chance.randrange(256)
        elif kind == 1:
            data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 9)))
        elif kind == 2:
            del data[at : at + chance.randrange(1, 30)]
        elif kind == 3:
            data[at:at] = chance.choice([b"\r\n", b"\r\n\r\n", b"\0", b"\xff\xfe", b"%00", b"<", b"\"", b"9" * 40, b";" * 200, b"(" * 300])
        elif kind == 4:
            data = data[:at]
        else:
            end = min(len(data), at + 60)
            data[at:at] = data[at:end] * chance.randrange(1, 20)
    return bytes(data[:60000])


def test_torture_by_udp(server):
    seed = random.getrandbits(32)
    print("seed", seed)
    chance = random.Random(seed)
    before = server.memory()
    with Telephone(server.endpoint(), "udp") as telephone:
        # Answers to nonsense may be nonsense.
        for number in range(4000):
            raw = chance.choice(seed_requests(telephone))
            telephone.send(mutated(raw, chance) if number % 50 else bytes(chance.randrange(256) for _ in range(chance.randrange(1, 3000))))
            if number % 100 == 0:
                time.sleep(0.02)
                assert server.alive, f"dead after {number} datagrams\n{server.tail()}"
    time.sleep(0.5)
    server.assert_alive()
    assert server.memory() - before < 64 << 20


def test_torture_by_tcp(server):
    seed = random.getrandbits(32)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(150):
        with socket.create_connection(server.endpoint(), 5) as raw, Telephone(server.endpoint(), "udp") as telephone:
            try:
                for _ in range(chance.randrange(1, 8)):
                    raw.sendall(mutated(chance.choice(seed_requests(telephone)), chance))
            except ConnectionError:
                pass
        assert server.alive, server.tail()
    server.assert_alive()


def test_broken_session_descriptions(server):
    seed = random.getrandbits(32)
    print("seed", seed)
    chance = random.Random(seed)
    with Telephone(server.endpoint(), "udp") as telephone:
        for _ in range(40):
            call = Call(telephone, "600")
            call.invite(mutated(call.offer(), chance)[:4000] or b"v")
            response = call.final()
            assert response.status in (200, 400, 415, 488, 606), response.start
            if response.status == 200:
                call.bye()
            call.party.close()
    server.assert_alive()


def test_a_datagram_of_the_largest_size(server):
    with Telephone(server.endpoint(), "udp") as telephone:
        request = telephone.request("OPTIONS", headers=(("Subject", "a" * 60000),))
        telephone.send(request)
        response = telephone.look(lambda m: m.status is not None, 2)
        assert response is None or response.status in (200, 400, 413, 513)
        many = telephone.request("OPTIONS", headers=tuple((f"X-{n}", "y") for n in range(3000)))
        telephone.send(many)
    server.assert_alive()


def test_more_data_than_the_length_says_and_less(server):
    with Telephone(server.endpoint(), "udp") as telephone:
        longer = telephone.request("OPTIONS").encode() + b"what follows the message is cut off"
        telephone.send(longer)
        assert telephone.wait(lambda m: m.status is not None).status == 200
        shorter = telephone.request("OPTIONS", headers=(("Content-Length", "500"),))
        assert telephone.ask(shorter).status == 400


@pytest.mark.slow
def test_a_caller_who_is_gone_is_released(folder, media_ports):
    """Neither sound nor signalling: asked by OPTIONS in the dialog, then ended; one who answers is kept."""
    server = Server(folder / "gone", media=media_ports(), media_extra=", silence: 2s").start()
    try:
        with calling(server, "udp", "600", user="alive") as quiet, calling(server, "udp", "600", user="gone") as gone:
            gone.telephone.answers_requests = False
            gone.wait_request("OPTIONS", 10)
            quiet.wait_request("OPTIONS", 10)
            gone.wait_request("BYE", 45)
            gone.over = True
            assert quiet.count(lambda m: m.status is None and m.method == "BYE") == 0
            assert quiet.bye().status == 200
        assert server.stop(45) == 0
    finally:
        if server.alive:
            server.kill()


def test_sigterm_with_calls_that_are_up(folder, media_ports):
    """The server says goodbye: each call gets a BYE and its recording is finished; the exit is clean."""
    server = Server(folder / "drain", media=media_ports()).start()
    try:
        before = recording.files(server.recordings)
        with calling(server, "udp", "603") as call:
            said = recording.as_heard(call.say(sound.chatter(77, 20)).packets)
            until(lambda: sound.beep_span(call.party.heard().samples), 6, "the beep")
            time.sleep(2)
            assert server.stop(20) == 0
            call.over = True
            assert call.count(lambda m: m.status is None and m.method == "BYE") >= 1, "no BYE before the end"
        _, wav = recording.new_recording(server.recordings, before)
        assert recording.match(wav.samples, said)
    finally:
        if server.alive:
            server.kill()
