"""A bad network, seeded: what becomes of the times at which packets leave."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Network:
    loss: float = 0.0        # share of packets lost, each on its own; with `burst` in bursts
    burst: float = 0.0       # mean length of a burst in packets (Gilbert-Elliott: all is lost in the bad state, nothing in the good one)
    jitter: float = 0.0      # ms: each packet is delayed by its own draw, uniform over 0...jitter; beyond 20 ms packets overtake each other
    reorder: float = 0.0     # share of packets held back by 1 to 3 packet times
    duplicate: float = 0.0   # share of packets that come twice, the copy up to 40 ms after the first
    drift: float = 0.0       # ppm by which the sender's clock is fast

    @property
    def keeps_all(self) -> bool:
        return self.loss == 0

    def losses(self, count: int, seed: tuple[int, ...]) -> np.ndarray:
        """Which packets are lost. One draw for each packet whatever the share is: what is lost at 5 % is lost at 10 % too."""
        draws = np.random.default_rng([*seed, 1]).random(count)
        if self.burst <= 1 or not self.loss:
            return draws < self.loss
        leave = 1 / self.burst
        enter = leave * self.loss / (1 - self.loss)
        lost, bad = np.zeros(count, dtype=bool), draws[0] < self.loss
        lost[0] = bad
        for index in range(1, count):
            bad = draws[index] >= leave if bad else draws[index] < enter
            lost[index] = bad
        return lost

    def shape(self, times: np.ndarray, seed: tuple[int, ...], packet: float = 0.02) -> list[tuple[float, int]]:
        """When which packet leaves, in order of time; `times` are those of a perfect sender, in seconds."""
        count = len(times)
        leave = times / (1 + self.drift * 1e-6)
        if self.jitter:
            leave = leave + np.random.default_rng([*seed, 2]).uniform(0, self.jitter / 1000, count)
        if self.reorder:
            held = np.random.default_rng([*seed, 3])
            chosen = held.random(count) < self.reorder
            # Half a packet time more, so that the order is another one.
            leave = leave + chosen * (held.integers(1, 4, count) + 0.5) * packet
        lost = self.losses(count, seed)
        events = [(float(leave[index]), index) for index in range(count) if not lost[index]]
        if self.duplicate:
            twice = np.random.default_rng([*seed, 4])
            chosen, after = twice.random(count) < self.duplicate, twice.uniform(0, 0.04, count)
            events += [(float(leave[index] + after[index]), index) for index in range(count) if chosen[index] and not lost[index]]
        return sorted(events)


CELLS: dict[str, Network] = {
    "clean": Network(),
    "loss1": Network(loss=0.01),
    "loss3": Network(loss=0.03),
    "loss5": Network(loss=0.05),
    "loss10": Network(loss=0.10),
    "burst5": Network(loss=0.05, burst=4),
    "jitter20": Network(jitter=20),
    "jitter60": Network(jitter=60),
    "jitter100": Network(jitter=100),
    "reorder": Network(reorder=0.05),
    "duplicate": Network(duplicate=0.10),
    "drift+300": Network(drift=300),
    "drift-300": Network(drift=-300),
    "loss3+jitter60": Network(loss=0.03, jitter=60),
    "burst5+jitter60": Network(loss=0.05, burst=4, jitter=60),
    "jitter60+reorder+duplicate": Network(jitter=60, reorder=0.05, duplicate=0.10),
    "drift+300+jitter60": Network(drift=300, jitter=60),
    "all": Network(loss=0.03, jitter=60, reorder=0.05, duplicate=0.10, drift=300),
}
