"""Kamailio with the project's own Deploy/kamailio.cfg, as a process of its own in front of one or more servers."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from .server import REPOSITORY, free_port
from .telephone import Telephone

CONFIGURATION = REPOSITORY / "Deploy" / "kamailio.cfg"
available = shutil.which("kamailio") is not None


class Kamailio:
    """Listens on a port of its own and hands calls to the `nodes`, ports on loopback in order of preference."""

    def __init__(self, folder: Path, nodes: list[int], voicemail_uri: bool = False, ring_time: float = 25.0,
                 changes: tuple[tuple[str, str], ...] = ()):
        """`changes` are places of the shipped file and what stands there instead, as somebody would make it his own."""
        self.folder, self.nodes, self.ring_time, self.changes = folder, nodes, ring_time, changes
        self.defines = ["-A", "WITH_VOICEMAIL_URI"] if voicemail_uri else []
        self.port = free_port()
        self.log = folder / "kamailio.log"
        self.process: subprocess.Popen | None = None

    def endpoint(self, transport: str = "udp") -> tuple[str, int]:
        return ("127.0.0.1", self.port)

    def configuration(self) -> Path:
        """The file as it is shipped, with the settings at its head replaced."""
        nodes = self.folder / "dispatcher.list"
        nodes.write_text("".join(f"1 sip:127.0.0.1:{port} 0 {10 - place}\n" for place, port in enumerate(self.nodes)))
        text = CONFIGURATION.read_text()
        for name, value in (("PROXY_PORT", self.port), ("DISPATCHER_LIST", nodes), ("RING_TIME", int(self.ring_time * 1000))):
            begin = text.index(f'#!substdef "!{name}!')
            text = text[:begin] + f'#!substdef "!{name}!{value}!g"' + text[text.index("\n", begin) :]
        for old, new in self.changes:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {CONFIGURATION.name}"
            text = text.replace(old, new)
        path = self.folder / "kamailio.cfg"
        path.write_text(text)
        return path

    def start(self, timeout: float = 15.0) -> "Kamailio":
        self.folder.mkdir(parents=True, exist_ok=True)
        command = ["kamailio", "-DD", "-E", "-m", "32", "-M", "4", "-Y", str(self.folder), "-f", str(self.configuration()), *self.defines]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + timeout
        while True:
            assert self.process.poll() is None, f"kamailio ended with {self.process.returncode}:\n{self.tail()}"
            try:
                with Telephone(self.endpoint(), "udp", "ping") as telephone:
                    telephone.options(0.5)
                    return self
            except (AssertionError, OSError):
                assert time.monotonic() < end, f"kamailio does not answer within {timeout} s:\n{self.tail()}"

    def stop(self, timeout: float = 10.0) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                # The session is its own: nobody else's process is in this group.
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(timeout)

    def tail(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""
