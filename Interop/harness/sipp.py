"""sipp (Debian: sip-tester) as a client: one scenario file, one call, its complaints in the assertion."""

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from .ports import client_ports

SCENARIOS = Path(__file__).resolve().parents[1] / "sipp"


def available() -> bool:
    return shutil.which("sipp") is not None


def may_play_pcap() -> bool:
    """sipp plays pcap files through a raw socket, which needs root or CAP_NET_RAW."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP).close()
        return True
    except PermissionError:
        return False


def run(scenario: str, server: tuple[str, int], number: str, transport: str, folder: Path, seconds: float, keys: dict | None = None,
        calls: int = 1, user: str = "2002") -> str:
    """Plays sipp/<scenario>.xml against `server` (or a tap before it); raises with sipp's own words when it is not content.

    In the scenario: [service] is the number, [audio] and [pcap] files to play, [hold] how long to stay in ms."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = {"caller": user, **(keys or {})}
    text = (SCENARIOS / f"{scenario}.xml").read_text()
    for key, value in keys.items():
        # -key works in messages only, not in attributes.
        text = text.replace(f"[{key}]", str(value))
    path = folder / f"{scenario}.xml"
    path.write_text(text)
    errors, messages = folder / "errors.log", folder / "messages.log"
    command = ["sipp", f"{server[0]}:{server[1]}", "-sf", str(path), "-s", number, "-m", str(calls), "-l", str(calls), "-r", "20",
               "-i", "127.0.0.1", "-p", str(client_ports(4)), "-mi", "127.0.0.1", "-mp", str(client_ports(4)), "-t", "u1" if transport == "udp" else "t1",
               "-timeout", f"{int(seconds) + 10}s", "-timeout_error", "-recv_timeout", str(int(seconds * 1000) + 8000), "-nostdin",
               "-trace_err", "-error_file", str(errors), "-trace_msg", "-message_file", str(messages)]
    with (folder / "sipp.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                   env={**os.environ, "TERM": "dumb"})
        try:
            status = process.wait(seconds + 20)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait(5)
            status = "none: it did not end"
    said = messages.read_text(errors="replace") if messages.exists() else ""
    if status != 0:
        words = errors.read_text(errors="replace")[-1500:] if errors.exists() else (folder / "sipp.log").read_text(errors="replace")[-800:]
        raise AssertionError(
            f"sipp {scenario} to {number} over {transport}: exit status {status}\n{words}\n--- last messages\n{said[-2500:]}")
    return said
