"""The server under test as a process of its own: own ports, own data folder, ended by its process id."""

import os
import signal
import subprocess
import time
from pathlib import Path

from .ports import free_ports
from .telephone import Telephone

REPOSITORY = Path(__file__).resolve().parents[2]


def executable() -> Path:
    if named := os.environ.get("ANTIPHON"):
        return Path(named).resolve()
    for kind in ("release", "debug"):
        path = REPOSITORY / ".build" / kind / "antiphon"
        if path.exists():
            return path
    raise FileNotFoundError("no antiphon in .build/release or .build/debug: run `swift build` or set ANTIPHON")


def free_port() -> int:
    """For a server, or a proxy before it."""
    return free_ports(1, 6000, 400)


class Server:
    def __init__(self, folder: Path, port: int | None = None, media: tuple[int, int] = (20000, 29999), data: Path | None = None,
                 extra: str = "", media_extra: str = "", tls: tuple[int, Path] | None = None):
        self.tls = tls
        self.folder, self.port, self.media, self.extra, self.media_extra = folder, port or free_port(), media, extra, media_extra
        folder.mkdir(parents=True, exist_ok=True)
        self.data = data or folder / "data"
        self.data.mkdir(exist_ok=True)
        self.log = folder / "server.log"
        self.process: subprocess.Popen | None = None

    def endpoint(self, transport: str = "udp") -> tuple[str, int]:
        return ("127.0.0.1", self.tls[0] if transport == "tls" else self.port)

    def uri(self, number: str, transport: str) -> str:
        """What a client dials to reach the number over that transport. Some look for names only in a certificate, never for addresses."""
        host, port = self.endpoint(transport)
        return f"sip:{number}@{'localhost' if transport == 'tls' else host}:{port};transport={transport}"

    @property
    def recordings(self) -> Path:
        return self.data / "recordings"

    def configuration(self) -> Path:
        path = self.folder / "antiphon.yaml"
        path.write_text(
            "listeners:\n"
            f"  - {{transport: udp, address: 127.0.0.1, port: {self.port}}}\n"
            f"  - {{transport: tcp, address: 127.0.0.1, port: {self.port}}}\n"
            + (f"  - {{transport: tls, address: 127.0.0.1, port: {self.tls[0]}, tls: "
               f"{{certificates: {self.tls[1]}/cert.pem, key: {self.tls[1]}/key.pem}}}}\n" if self.tls else "") +
            f"media: {{ports: {self.media[0]}-{self.media[1]}{self.media_extra}}}\n"
            f"data: {self.data}\n" + self.extra)
        return path

    def spawn(self) -> subprocess.Popen:
        """Starts the process without waiting for it."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([str(executable()), "serve", "--config", str(self.configuration())], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, cwd=REPOSITORY)
        return self.process

    def start(self, timeout: float = 60.0) -> "Server":
        self.spawn()
        self.wait_ready(timeout)
        return self

    def wait_ready(self, timeout: float = 60.0) -> None:
        end = time.monotonic() + timeout
        for transport in ("udp", "tcp"):
            while True:
                if self.process.poll() is not None:
                    raise AssertionError(f"the server ended with {self.process.returncode} while starting:\n{self.tail()}")
                try:
                    with Telephone(self.endpoint(), transport, "ping") as telephone:
                        if telephone.options(0.5).status and self.process.poll() is None:
                            break
                except (AssertionError, OSError):
                    if time.monotonic() > end:
                        raise AssertionError(f"no answer to OPTIONS over {transport} within {timeout} s:\n{self.tail()}") from None
                    time.sleep(0.05)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def assert_alive(self) -> None:
        assert self.alive, f"the server has died with {self.process.returncode}:\n{self.tail()}"
        with Telephone(self.endpoint(), "udp", "ping") as telephone:
            assert telephone.options().status == 200, self.tail()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self, timeout: float = 15.0) -> int:
        """SIGTERM; the exit status. A server that does not go is killed and reported."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"the server did not end within {timeout} s of SIGTERM:\n{self.tail()}") from None
        return self.process.returncode

    def tail(self, lines: int = 40) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def memory(self) -> int:
        """Resident size in bytes."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
        return 0
