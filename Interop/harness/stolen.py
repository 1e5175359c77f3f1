"""Time that a machine's owner gave to others: what is heard then says nothing of the server."""

from pathlib import Path


def times() -> tuple[int, int]:
    """What was stolen from all processors since the machine's start, and all their time (proc(5): /proc/stat)."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return fields[7], sum(fields)


def share(before: tuple[int, int]) -> float:
    """Of the time since then."""
    stolen, whole = times()
    return (stolen - before[0]) / max(whole - before[1], 1)
