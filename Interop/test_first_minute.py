"""What a newcomer does first: start the server with nothing said, read what it says, and copy the call that it names."""

import os
import re
import socket
import subprocess

import pytest

from harness.server import REPOSITORY, executable
from harness.wait import until


def taken(port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return True
    return False


def test_the_server_starts_with_nothing_said_and_names_a_call_that_works(tmp_path):
    if taken(5060):
        pytest.skip("port 5060, where the server listens by default, belongs to another program")
    for name in ("prompts", "scenarios"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    said = tmp_path / "said"
    with said.open("wb") as out:
        server = subprocess.Popen([str(executable()), "serve"], cwd=tmp_path, stdout=out, stderr=subprocess.STDOUT)
    try:
        command = until(lambda: server.poll() is not None or re.search(r"antiphon (call sip:100@.*)", said.read_text()), 30, "a call")
        assert server.poll() is None, said.read_text()[-2000:]
        for number in ("100", "3000-3999", "1001-1009", "*97"):
            assert re.search(rf"^  {re.escape(number)} +\S", said.read_text(), re.MULTILINE), number
        call = subprocess.run([str(executable()), *command[1].split()], cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert call.returncode == 0, call.stderr
        assert os.path.getsize(tmp_path / "heard.wav") > 16_000, "a second of sound at least"
    finally:
        server.terminate()
        assert server.wait(20) == 0, said.read_text()[-2000:]
