"""Figures of sound, and of many figures one with its interval."""

import warnings

import numpy as np
from scipy import stats

from .hearing import found, straightened


def pesq_of(reference: np.ndarray, degraded: np.ndarray, rate: int, mode: str) -> float:
    """ITU-T P.862 as MOS-LQO (P.862.1, P.862.2): 1.0 to 4.55; 1.0 where no speech was found in it."""
    import pesq
    try:
        return float(pesq.pesq(rate, reference, degraded, mode))
    except (pesq.NoUtterancesError, pesq.BufferTooShortError, ZeroDivisionError):
        return 1.0


def stoi_of(reference: np.ndarray, degraded: np.ndarray, rate: int) -> float:
    from pystoi import stoi
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(stoi(reference.astype(np.float64), degraded.astype(np.float64), rate))


def judged(reference: np.ndarray, heard: np.ndarray, rate: int, mode: str) -> dict[str, float]:
    """Both scores of a reference somewhere in what was heard."""
    part = found(reference, heard)
    if not part.any():
        return {"pesq": 1.0, "stoi": 0.0}
    return {"pesq": pesq_of(reference, part, rate, mode), "stoi": stoi_of(reference, straightened(reference, part, rate), rate)}


def mean(values: list[tuple[str, float]]) -> tuple[float, float]:
    """The mean of (talker, value), and half its 95 % interval. Calls of one talker are no independent draws, so the mean of each talker
    counts as one (Student's t over talkers); the interval is NaN for a single one."""
    by_talker: dict[str, list[float]] = {}
    for talker, value in values:
        by_talker.setdefault(talker, []).append(value)
    means = np.array([np.mean(each) for each in by_talker.values()])
    if len(means) < 2:
        return (float(means[0]) if len(means) else float("nan")), float("nan")
    half = stats.t.ppf(0.975, len(means) - 1) * means.std(ddof=1) / np.sqrt(len(means))
    return float(means.mean()), float(half)


def _without_sine(windows: np.ndarray, frequency: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Each window less the sine of its frequency that fits best, and by how many Hz another frequency would fit better (one step of
    Gauss and Newton)."""
    # Time counts from the middle: so the frequency's share is nearly at right angles to the phase's.
    time = 2 * np.pi * (np.arange(windows.shape[1]) - (windows.shape[1] - 1) / 2) / rate
    wave = np.exp(1j * frequency[:, None] * time)
    cosine, sine = wave.real, wave.imag
    cc, ss, cs = (np.sum(x * y, axis=1) for x, y in ((cosine, cosine), (sine, sine), (cosine, sine)))

    def fitted(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        xc, xs, over = np.sum(values * cosine, axis=1), np.sum(values * sine, axis=1), cc * ss - cs * cs
        return ((xc * ss - xs * cs) / over)[:, None], ((xs * cc - xc * cs) / over)[:, None]

    a, b = fitted(windows)
    rest = windows - a * cosine - b * sine
    slope = time * (b * cosine - a * sine)
    c, d = fitted(slope)
    slope = slope - c * cosine - d * sine
    return rest, np.sum(rest * slope, axis=1) / np.maximum(np.sum(slope * slope, axis=1), 1e-9)


def beside_tone(samples: np.ndarray, hertz: float, rate: int = 8000, amplitude: float | None = None) -> np.ndarray:
    """For each 10 ms window (one every 2.5 ms) the strongest component beside the tone, in dB of the tone.

    Ten milliseconds cannot tell 50 Hz apart, so the tone is fitted and taken away first: the sine within ±50 Hz that leaves least. What is
    left is looked at through a Hann window, outside ±50 Hz."""
    size, hop = rate // 100, rate // 400
    if len(samples) < size:
        return np.zeros(0)
    windows = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), size)[::hop]
    amplitude = amplitude or np.sqrt(2 * np.median(np.mean(windows**2, axis=1)))
    best, rest = np.full(len(windows), np.inf), np.zeros_like(windows)
    frequency = np.full(len(windows), float(hertz))
    for _ in range(4):
        left, step = _without_sine(windows, frequency, rate)
        energy = np.sum(left * left, axis=1)
        better = energy < best
        best[better], rest[better] = energy[better], left[better]
        frequency = np.clip(frequency + step, hertz - 50, hertz + 50)
    shape = np.hanning(size + 2)[1:-1]
    lines = 2 * np.abs(np.fft.rfft(rest * shape, 256, axis=1)) / shape.sum()
    outside = np.abs(np.fft.rfftfreq(256, 1 / rate) - hertz) > 50
    return 20 * np.log10(np.maximum(lines[:, outside].max(axis=1), 1e-9) / amplitude)
