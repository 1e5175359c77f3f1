"""baresip (Debian: baresip-core) as a client: plays a WAV, writes what it decodes to a WAV, is led over its ctrl_tcp module."""

import json
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import numpy as np

from .ports import client_ports
from .sound import read_wav, to_8k, write_wav

TEMPLATE = Path(__file__).resolve().parents[1] / "baresip"


# As its settings name them.
CODECS = {"pcmu": "pcmu/8000/1", "pcma": "pcma/8000/1", "g722": "G722/16000/1", "opus": "opus/48000/2", "l16": "L16/16000/1"}


def available() -> bool:
    return shutil.which("baresip") is not None


def module_path() -> str | None:
    for place in ["/usr/lib/baresip/modules", *map(str, Path("/usr/lib").glob("*/baresip/modules"))]:
        if (Path(place) / "ctrl_tcp.so").exists():
            return place
    return None


class Baresip:
    def __init__(self, folder: Path, transport: str, samples: np.ndarray, user: str = "2003", authority: Path | None = None,
                 encryption: str = "", codec: str = "pcmu"):
        """Its microphone is `samples` (8 kHz), and `codec` all that it offers; over TLS it believes the certificates of `authority`. `encryption` is one of baresip's own
        names: srtp (keys under RTP/AVP), srtp-mand (RTP/SAVP), srtp-mandf (RTP/SAVPF)."""
        self.folder, self.transport = folder, transport
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_wav(folder / "microphone.wav", samples)
        control, media = client_ports(1), client_ports(20)
        facts = {"modules": module_path(), "microphone": folder / "microphone.wav", "folder": folder, "control": control,
                 "sip": client_ports(1), "rtp_low": media, "rtp_high": media + 19, "user": user, "transport": transport,
                 "codec": CODECS[codec]}
        for name in ("config", "accounts"):
            text = (TEMPLATE / name).read_text()
            if authority and name == "config":
                text += f"sip_cafile {authority}\nsip_verify_server yes\n"
            if encryption:
                text = text.rstrip("\n") + (f";mediaenc={encryption}\n" if name == "accounts" else "\nmodule srtp.so\n")
            for key, value in facts.items():
                text = text.replace(f"@{key}@", str(value))
            (folder / name).write_text(text)
        self.log = folder / "baresip.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(["baresip", "-4", "-f", str(folder)], cwd=folder, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)
        self.events: list[dict] = []
        self._held = b""
        end = time.monotonic() + 10
        while True:
            try:
                self.control = socket.create_connection(("127.0.0.1", control), 1)
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    self.close()
                    raise AssertionError(f"baresip gave no control port:\n{self.words()}") from None
                time.sleep(0.05)

    def __enter__(self) -> "Baresip":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])

    def command(self, name: str, parameters: str = "", timeout: float = 8.0) -> dict:
        data = json.dumps({"command": name, "params": parameters, "token": name}).encode()
        self.control.sendall(str(len(data)).encode() + b":" + data + b",")
        return self.wait(lambda e: e.get("response") and e.get("token") == name, timeout, f"reply to {name}")

    def _next(self, until: float) -> dict | None:
        while True:
            size, colon, rest = self._held.partition(b":")
            if colon and len(rest) > int(size):
                self._held = rest[int(size) + 1 :]
                return json.loads(rest[: int(size)])
            left = until - time.monotonic()
            if left <= 0:
                return None
            self.control.settimeout(left)
            try:
                data = self.control.recv(65536)
            except TimeoutError:
                return None
            if not data:
                return None
            self._held += data

    def wait(self, wanted, timeout: float, what: str) -> dict:
        until = time.monotonic() + timeout
        while (event := self._next(until)) is not None:
            self.events.append(event)
            if wanted(event):
                return event
        raise AssertionError(f"baresip: no {what} within {timeout} s; events {[e.get('type') for e in self.events]}\n{self.words()}")

    def wait_event(self, kind: str, timeout: float = 10.0) -> dict:
        return self.wait(lambda e: e.get("type") == kind, timeout, kind)

    def has(self, kind: str) -> bool:
        return any(event.get("type") == kind for event in self.events)

    def dial(self, number: str, server: tuple[str, int]) -> None:
        self.command("dial", f"sip:{number}@{server[0]}:{server[1]}" + (f";transport={self.transport}" if self.transport != "udp" else ""))

    def press(self, digits: str, gap: float = 0.25) -> None:
        """Keys one after the other, each held for a moment."""
        for digit in digits:
            self.command("sndcode", digit)
            time.sleep(gap)

    def hang_up(self) -> None:
        self.command("hangup")

    def listen(self, seconds: float) -> None:
        """Lets sound pass while events are still taken; an end of the call is noted, not an error."""
        until = time.monotonic() + seconds
        while (event := self._next(until)) is not None:
            self.events.append(event)
        time.sleep(max(0.0, until - time.monotonic()))

    def heard(self) -> np.ndarray:
        """What baresip decoded, at 8 kHz; only complete once it has ended."""
        files = sorted(self.folder.glob("dump-*-dec.wav"))
        assert files, f"baresip has decoded nothing:\n{self.words()}"
        wav = read_wav(files[0], strict=False)
        return to_8k(wav.samples, wav.rate)

    def close(self) -> None:
        if hasattr(self, "control"):
            self.control.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(6)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGKILL)
                self.process.wait(5)
