"""linphonec (Debian: linphone-cli) as a client: plays a WAV, writes what it hears to a WAV, is led by lines on its standard input."""

import os
import re
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import numpy as np

from .ports import client_ports
from .sound import read_wav, to_8k, write_wav
from .wait import until

TEMPLATE = Path(__file__).resolve().parents[1] / "linphone" / "linphonerc"


# Its usual ones, and what a test may want.
CODECS = [("opus", 48000, 2), ("G722", 8000, 1), ("PCMU", 8000, 1), ("PCMA", 8000, 1), ("speex", 16000, 1), ("speex", 8000, 1),
          ("G729", 8000, 1)]


# Of its files, which it does not bring to another rate.
RATES = {"opus": 48_000, "g722": 16_000}


def available() -> bool:
    return shutil.which("linphonec") is not None


class Linphone:
    def __init__(self, folder: Path, transport: str, samples: np.ndarray, user: str = "2004", authority: Path | None = None,
                 encryption: str = "", codec: str = "pcmu"):
        """Its microphone is `samples`; over TLS it believes the certificates of `authority`. `encryption`: srtp (where the other has
        it, in linphone's own way) or mandatory. `codec`: all that it offers; it plays and records at that codec's rate,
        which `samples` must have."""
        self.rate = RATES.get(codec, 8_000)
        self.folder, self.transport = folder, transport
        shutil.rmtree(folder, ignore_errors=True)
        # Without this folder its start-up stops half way.
        (folder / ".local" / "share" / "linphone").mkdir(parents=True)
        write_wav(folder / "microphone.wav", samples, self.rate)
        sip, media = client_ports(1), client_ports(8)
        facts = {"user": user, "udp": 0, "tcp": 0, "tls": 0, "rtp_low": media, "rtp_high": media + 7, "authority": authority or "",
                 "folder": folder}
        facts[transport] = sip
        text = TEMPLATE.read_text()
        for key, value in facts.items():
            text = text.replace(f"@{key}@", str(value))
        if encryption:
            mandatory = int(encryption == "mandatory")
            text = text.replace("[sip]\n", f"[sip]\nmedia_encryption=srtp\nmedia_encryption_mandatory={mandatory}\n", 1)
        # Those that are not named it would add as it likes.
        for index, (name, clock, channels) in enumerate(CODECS):
            text += (f"\n[audio_codec_{index}]\nmime={name}\nrate={clock}\nchannels={channels}\n"
                     f"enabled={int(name.lower() == codec)}\n")
        (folder / "linphonerc").write_text(text)
        self.process = subprocess.Popen(["linphonec", "-d", "6", "-l", str(folder / "linphone.log"), "-c", str(folder / "linphonerc")],
                                        cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0,
                                        env={**os.environ, "HOME": str(folder), "TERM": "dumb"})
        self._said = ""
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        (folder / "linphone.log").touch()
        try:
            until(lambda: "Creating listening point" in (folder / "linphone.log").read_text(errors="replace"), 10, "linphonec's sockets")
            self.command("soundcard use files", "Using wav files")
            self.command(f"record {folder / 'heard.wav'}")
            self.command(f"play {folder / 'microphone.wav'}")
        except AssertionError:
            self.close()
            raise

    def __enter__(self) -> "Linphone":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def _read(self) -> None:
        while data := self.process.stdout.read(4096):
            with self._changed:
                self._said += data.decode(errors="replace")
                self._changed.notify_all()
            with (self.folder / "terminal.log").open("ab") as log:
                log.write(data)

    @property
    def place(self) -> int:
        """Where what it says next will begin."""
        with self._changed:
            return len(self._said)

    def wait(self, pattern: str, timeout: float = 10.0, since: int = 0) -> re.Match:
        """Until it says something that matches."""
        with self._changed:
            self._changed.wait_for(lambda: re.search(pattern, self._said[since:]), timeout)
            found = re.search(pattern, self._said[since:])
            assert found, f"linphonec: no {pattern!r} within {timeout} s:\n{self._said[-1500:]}"
            return found

    def command(self, line: str, answer: str = "", timeout: float = 10.0) -> None:
        """Types a line, and waits for what `answer` matches."""
        since = self.place
        self.process.stdin.write(line.encode() + b"\n")
        if answer:
            self.wait(answer, timeout, since)

    def dial(self, uri: str) -> None:
        """A full URI, `;transport=` included."""
        self.command(f"call {uri}", r"Call \d+ to \S+ in progress")

    def connected(self, timeout: float = 10.0) -> None:
        self.wait(r"Media streams established", timeout)

    def press(self, digits: str, gap: float = 0.35) -> None:
        """Keys one after the other; it has no way to tell when one has gone."""
        for digit in digits:
            self.command(digit)
            time.sleep(gap)

    def written(self) -> int:
        """How many bytes of sound have come to its ear's file so far."""
        path = self.folder / "heard.wav"
        return path.stat().st_size if path.exists() else 0

    def hang_up(self) -> None:
        self.command("terminate", r"Call \d+ with \S+ ended")

    def heard(self) -> np.ndarray:
        """What it heard, at 8 kHz; only complete once it has ended."""
        path = self.folder / "heard.wav"
        assert path.exists(), f"linphonec has heard nothing:\n{self._said[-1500:]}"
        wav = read_wav(path, strict=False)
        return to_8k(wav.samples, wav.rate)

    def close(self) -> None:
        if self.process.poll() is None:
            try:
                self.process.stdin.write(b"quit\n")
                self.process.wait(8)
            except (OSError, subprocess.TimeoutExpired):
                self.process.send_signal(signal.SIGKILL)
                self.process.wait(5)
        self._reader.join(5)
        self.process.stdin.close()
        self.process.stdout.close()
