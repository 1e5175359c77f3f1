"""What the sound has to reach, and whether it did."""

from dataclasses import asdict, dataclass

import numpy as np

from .network import CELLS
from .scores import mean

CONCEALED = ("loss1", "loss3", "loss5", "loss10", "burst5")


@dataclass
class Goal:
    name: str
    met: bool | None     # None: nothing of it was measured
    seen: str

    def line(self) -> str:
        return f"{ {True: 'met   ', False: 'MISSED', None: '-     '}[self.met] } {self.name}: {self.seen}"

    def plain(self) -> dict:
        return asdict(self)


def goals(calls: list[dict]) -> list[Goal]:
    """Of the calls of one server."""
    return [_recordings(calls), *_concealment(calls), *_delay(calls), _tone(calls)]


def _recordings(calls: list[dict]) -> Goal:
    name = "recordings under jitter, reordering and duplication are the fault-free ones, sample for sample"
    whole = [call for call in calls if call["path"] == "record" and call["kind"] == "speech"
             and CELLS[call["cell"]].keeps_all and not CELLS[call["cell"]].drift]
    if not whole:
        return Goal(name, None, "not measured")
    wrong = [call for call in whole if call["differing"]]
    cells = sorted({call["cell"] for call in wrong})
    return Goal(name, not wrong, f"{len(whole) - len(wrong)} of {len(whole)} identical" + (f"; not in {', '.join(cells)}" if cells else ""))


def _concealment(calls: list[dict]) -> list[Goal]:
    floor, better = "concealment is not below libspandsp's on the same packets", "and at least 0.1 PESQ above it at 5 and 10 % loss"
    figures, below = {}, []
    for cell in CONCEALED:
        pairs = [(call["talker"], call["pesq"] - call["spandsp_pesq"]) for call in calls if call["cell"] == cell and "spandsp_pesq" in call]
        if pairs:
            figures[cell] = mean(pairs)
            below.append(f"{cell} {sum(value < -0.05 for _, value in pairs)}/{len(pairs)}")
    if not figures:
        return [Goal(floor, None, "not measured"), Goal(better, None, "not measured")]
    text = ", ".join(f"{cell} {value:+.2f} ±{half:.2f}" for cell, (value, half) in figures.items())
    wanted = {cell: figures[cell][0] for cell in ("loss5", "loss10") if cell in figures}
    return [Goal(floor, all(value >= 0 for value, _ in figures.values()), f"{text}; calls more than 0.05 below: {', '.join(below)}"),
            Goal(better, all(value >= 0.1 for value in wanted.values()) if wanted else None,
                 ", ".join(f"{cell} {value:+.2f}" for cell, value in wanted.items()) or "not measured")]


def _delay(calls: list[dict]) -> list[Goal]:
    names = ("with delay uniform over 0-20 ms sound waits at most 45 ms in the server", "and under 0.5 % of the packets come too late")
    measured = [call for call in calls if call["kind"] == "delay" and call["cell"] == "jitter20"]
    if not measured:
        return [Goal(name, None, "not measured") for name in names]
    still = [call["delay"] for call in calls if call["kind"] == "delay" and call["cell"] == "clean"]

    def of(name: str) -> float:
        return float(np.nanmean([call[name] for call in measured])) if measured else float("nan")
    late = of("late") * 100
    own = [call["discarded"] * 100 for call in measured if call["discarded"] is not None]
    return [Goal(names[0], bool(of("waited") <= 0.045),
                 f"{of('waited') * 1000:.1f} ms in the mean; from sender to ear {of('delay') * 1000:.1f} ms"
                 f" (after 2 s {of('settled') * 1000:.1f}), without jitter {np.nanmean(still) * 1000 if still else float('nan'):.1f}"),
            Goal(names[1], bool(late < 0.5), f"{late:.2f} %, worst call {max(call['late'] for call in measured) * 100:.2f} %"
                 + (f"; by its own reports {np.mean(own):.2f} %" if own else ""))]


def _tone(calls: list[dict]) -> Goal:
    name = "a steady tone comes through with nothing within 40 dB of it outside ±50 Hz in any 10 ms"
    measured = [call for call in calls if call["kind"] == "tone"]
    if not measured:
        return Goal(name, None, "not measured")
    worst: dict[str, dict] = {}
    for call in measured:
        if call["cell"] not in worst or call["worst"] > worst[call["cell"]]["worst"]:
            worst[call["cell"]] = call
    text = ", ".join(f"{cell} {call['worst']:.1f} dB ({call['talker']}, {call['beyond'] * 100:.2f} % of windows beyond)"
                     for cell, call in sorted(worst.items()))
    return Goal(name, all(call["worst"] <= -40 for call in measured), f"{text}; as sent {max(call['sent'] for call in measured):.1f} dB")
