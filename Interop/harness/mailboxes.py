"""The mailboxes and rooms of a running server: what the command line says of them, what lies on disk, what the index holds."""

import json
import shutil
import sqlite3
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .server import REPOSITORY, Server, executable
from .sound import WAV, read_wav
from .wait import until

PIN = "7391"
DOMAIN = "localhost"


def antiphon(server: Server, *words: str, text: str = "") -> subprocess.CompletedProcess:
    """One `antiphon` command for the running server; `text` is its standard input."""
    command = [str(executable()), *words, "--config", str(server.configuration())]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=30, cwd=REPOSITORY)


def asked(server: Server, *words: str, text: str = ""):
    """What the command says as JSON; it must succeed."""
    run = antiphon(server, *words, "--json", text=text)
    assert run.returncode == 0, f"antiphon {' '.join(words)}: status {run.returncode}\n{run.stderr}{run.stdout}\n{server.tail(10)}"
    return json.loads(run.stdout)


@dataclass
class Box:
    """One mailbox of a server."""
    server: Server
    name: str

    @property
    def folder(self) -> Path:
        return self.server.data / "voicemail" / DOMAIN / self.name

    @property
    def files(self) -> set[Path]:
        """Everything in the folder of messages, unfinished files too."""
        place = self.folder / "messages"
        return set(place.iterdir()) if place.exists() else set()

    def greeting(self, kind: str = "unavailable") -> Path:
        return self.folder / "greetings" / f"{kind}.wav"

    def shown(self) -> dict:
        return asked(self.server, "mailbox", "show", self.name)

    def messages(self) -> list[dict]:
        return self.shown()["messages"]

    def counts(self) -> tuple[int, int]:
        box = self.shown()["mailboxes"][0]
        return box["new"], box["saved"]

    def wait_message(self, known: set[Path] = frozenset(), timeout: float = 8) -> tuple[Path, WAV]:
        """Waits until there is one more message, in the index and on disk; its file."""

        def fresh() -> list[dict]:
            return [m for m in self.messages() if self.path(m) not in known and m["state"] == "new"]

        message = until(fresh, timeout, f"a message in {self.name}, where {sorted(f.name for f in self.files)} lie", 0.2)
        assert len(message) == 1, message
        path = self.path(message[0])
        return path, read_wav(path)

    def path(self, message: dict) -> Path:
        path = Path(message["path"])
        return path if path.is_absolute() else REPOSITORY / path

    def is_untouched(self, known: set[Path] = frozenset()) -> bool:
        """No file more than before, no row more."""
        return self.files == set(known) and rows(self.server, self.name) == len(known)


def new_box(server: Server, name: str, pin: str = PIN) -> Box:
    asked(server, "mailbox", "add", name, text=pin + "\n")
    return Box(server, name)


def discrepancies(server: Server) -> list[str]:
    """What `antiphon mailbox verify` has to say; its status must agree."""
    run = antiphon(server, "mailbox", "verify", "--json")
    found = json.loads(run.stdout)
    assert run.returncode == (1 if found else 0), run
    return found


def rooms(server: Server) -> dict[str, list[dict]]:
    """Who is in which room."""
    return {room["room"].removesuffix(f"@{DOMAIN}"): room["members"] for room in asked(server, "room", "list")}


@contextmanager
def index(server: Server):
    """The index itself, read beside the server or changed while it is down."""
    connection = sqlite3.connect(server.data / "voicemail" / "index.sqlite", timeout=10)
    try:
        yield connection
        connection.commit()
    finally:
        connection.close()


def rows(server: Server, box: str) -> int:
    """How many rows of messages a mailbox has, in whatever state."""
    with index(server) as connection:
        return connection.execute("SELECT count(*) FROM message WHERE mailbox = ?", (f"{box}@{DOMAIN}",)).fetchone()[0]


def edited_scenarios(folder: Path, name: str, changes: dict[str, str]) -> str:
    """The shipped scenarios with a few words changed in one of them; the line that a configuration names them by."""
    target = folder / "scenarios"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(REPOSITORY / "scenarios", target)
    path = target / f"{name}.yaml"
    text = path.read_text()
    for old, new in changes.items():
        assert old in text, f"{name}.yaml has no {old!r} any more"
        text = text.replace(old, new)
    path.write_text(text)
    return f"scenarios: {target}\n"
