"""Sound made and sound compared. Levels are dBFS where 0 dB is the RMS of a full-scale sine; samples are int16 at 8 kHz."""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import g711

RATE = 8000
FULL_SCALE = 32768.0
QUIETEST = -120.0


def tone(hertz: float, seconds: float, dbfs: float = -15.0, rate: int = RATE) -> np.ndarray:
    amplitude = 10 ** (dbfs / 20) * (FULL_SCALE - 1)
    return np.round(amplitude * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.int16)


KEYS = {key: (low, high) for low, row in ((697, "123A"), (770, "456B"), (852, "789C"), (941, "*0#D"))
        for key, high in zip(row, (1209, 1336, 1477, 1633))}


def key(name: str, seconds: float, dbfs: float = -15.0) -> np.ndarray:
    """A key as two tones of this level each (ITU-T Q.23)."""
    low, high = KEYS[name]
    return tone(low, seconds, dbfs) + tone(high, seconds, dbfs)


def chatter(seed: int, seconds: float, rms: float = 2500.0) -> np.ndarray:
    """Noise that no other seed makes: any 20 ms of it can be found again in a recording, and tell who said it."""
    noise = np.random.default_rng(seed).normal(0, rms, int(seconds * RATE))
    return np.clip(np.round(noise), -30000, 30000).astype(np.int16)


def level(samples: np.ndarray) -> float:
    if len(samples) == 0:
        return QUIETEST
    power = np.mean(np.square(samples.astype(np.float64))) * 2
    return max(QUIETEST, 10 * np.log10(power / FULL_SCALE**2)) if power > 0 else QUIETEST


def _spectrum(samples: np.ndarray) -> np.ndarray:
    """Power per bin, scaled so that a sine's whole power is the sum over its lobe."""
    window = np.hanning(len(samples))
    lines = np.abs(np.fft.rfft(samples.astype(np.float64) * window)) ** 2
    return lines * 4 / (len(samples) * np.sum(window**2)) / FULL_SCALE**2


def level_of(hertz: float, samples: np.ndarray, rate: int = RATE, width: float = 15.0) -> float:
    """The level of what lies within `width` Hz of a frequency."""
    if len(samples) < rate // 20:
        return QUIETEST
    power = _spectrum(samples)
    frequency = np.fft.rfftfreq(len(samples), 1 / rate)
    part = float(power[np.abs(frequency - hertz) <= max(width, 2.5 * rate / len(samples))].sum())
    return max(QUIETEST, 10 * np.log10(part)) if part > 0 else QUIETEST


def rest_beside(hertz: float, samples: np.ndarray, rate: int = RATE, width: float = 15.0) -> float:
    """The level of everything but that frequency: what else is heard."""
    power = _spectrum(samples)
    frequency = np.fft.rfftfreq(len(samples), 1 / rate)
    part = float(power[np.abs(frequency - hertz) > max(width, 2.5 * rate / len(samples))].sum())
    return max(QUIETEST, 10 * np.log10(part)) if part > 0 else QUIETEST


def strongest(samples: np.ndarray, rate: int = RATE) -> float:
    """The frequency with the most power, in Hz."""
    power = np.abs(np.fft.rfft(samples.astype(np.float64) * np.hanning(len(samples))))
    power[: max(1, int(40 * len(samples) / rate))] = 0
    return float(np.argmax(power) * rate / len(samples))


@dataclass
class Alignment:
    offset: int          # where the reference begins in what was heard, in samples; negative: its begin was not heard
    correlation: float   # normalised over the overlap, 1 = the same
    gain: float          # dB by which the heard copy is louder than the reference
    overlap: int         # samples


def align(reference: np.ndarray, heard: np.ndarray) -> Alignment:
    """Finds the reference in what was heard by cross-correlation over the whole of both."""
    a, b = reference.astype(np.float64), heard.astype(np.float64)
    if len(a) == 0 or len(b) == 0:
        return Alignment(0, 0.0, 0.0, 0)
    size = 1 << (len(a) + len(b) - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)), size)
    best = int(np.argmax(product))
    offset = best if best < len(b) else best - size
    start, end = max(0, offset), min(len(b), offset + len(a))
    x, y = a[start - offset : end - offset], b[start:end]
    energy = np.sqrt(np.dot(x, x) * np.dot(y, y))
    correlation = float(np.dot(x, y) / energy) if energy > 0 else 0.0
    gain = 10 * np.log10(np.dot(y, y) / np.dot(x, x)) if np.dot(x, x) > 0 and np.dot(y, y) > 0 else 0.0
    return Alignment(offset, correlation, float(gain), end - start)


def segmental_snr(reference: np.ndarray, heard: np.ndarray, segment: int = 160) -> float:
    """Mean over the loud segments of signal to difference, each clamped to 0...60 dB; both must be aligned."""
    count = min(len(reference), len(heard)) // segment
    x = reference[: count * segment].astype(np.float64).reshape(count, segment)
    e = x - heard[: count * segment].astype(np.float64).reshape(count, segment)
    signal, error = np.sum(x * x, axis=1), np.sum(e * e, axis=1) + 1e-9
    loud = signal > segment * 100.0**2
    return float(np.mean(np.clip(10 * np.log10(signal[loud] / error[loud]), 0, 60))) if loud.any() else 0.0


def loud_part(samples: np.ndarray, threshold: float = -50.0, frame: int = 160) -> tuple[int, int]:
    """First and last sample of what is louder than the threshold; (0, 0) if all is silence."""
    frames = samples[: len(samples) // frame * frame].astype(np.float64).reshape(-1, frame)
    limit = 10 ** (threshold / 10) * FULL_SCALE**2 / 2
    loud = np.flatnonzero(np.mean(frames * frames, axis=1) > limit)
    return (int(loud[0]) * frame, (int(loud[-1]) + 1) * frame) if len(loud) else (0, 0)


def longest_silence(samples: np.ndarray, threshold: float = -55.0, frame: int = 80) -> float:
    """Seconds of the longest run of frames below the threshold."""
    frames = samples[: len(samples) // frame * frame].astype(np.float64).reshape(-1, frame)
    quiet = np.mean(frames * frames, axis=1) <= 10 ** (threshold / 10) * FULL_SCALE**2 / 2
    longest = run = 0
    for value in quiet:
        run = run + 1 if value else 0
        longest = max(longest, run)
    return longest * frame / RATE


def beep_span(samples: np.ndarray, shortest: float = 0.08) -> tuple[int, int, float] | None:
    """(begin, end, Hz) of the first steady tone of at least `shortest` seconds: a beep, which speech and noise are not."""
    frame = 160
    begin, hertz = None, 0.0
    for index in range(0, len(samples) - frame + 1, frame):
        part = samples[index : index + frame]
        pure = False
        if level(part) > -40:
            power = np.abs(np.fft.rfft(part.astype(np.float64) * np.hanning(frame), 2048)) ** 2
            peak = int(np.argmax(power))
            near = power[max(0, peak - 28) : peak + 29].sum()
            found = peak * RATE / 2048
            pure = near / power.sum() > 0.97 and found > 350 and (begin is None or abs(found - hertz) < 30)
        if pure and begin is None:
            begin, hertz = index, found
        elif not pure and begin is not None:
            if index - begin >= shortest * RATE:
                return begin, index, hertz
            begin = None
    if begin is not None and len(samples) - begin >= shortest * RATE:
        return begin, len(samples), hertz
    return None


def find_exact(needle: np.ndarray, hay: np.ndarray) -> int:
    """Where the needle occurs sample for sample in the hay, -1 if nowhere."""
    at = hay.tobytes().find(needle.tobytes())
    while at % hay.itemsize and at >= 0:
        at = hay.tobytes().find(needle.tobytes(), at + 1)
    return at // hay.itemsize if at >= 0 else -1


def to_8k(samples: np.ndarray, rate: int) -> np.ndarray:
    """Resampled to 8 kHz in the frequency domain over the whole signal: no filter of the server's kind, so a fair judge."""
    if rate == RATE:
        return samples.astype(np.int16)
    count = int(round(len(samples) * RATE / rate))
    lines = np.fft.rfft(samples.astype(np.float64))
    wanted = count // 2 + 1
    part = np.zeros(wanted, dtype=complex)
    part[: min(wanted, len(lines))] = lines[:wanted]
    return np.clip(np.round(np.fft.irfft(part, count) * count / len(samples)), -32768, 32767).astype(np.int16)


class BadWAV(ValueError):
    pass


@dataclass
class WAV:
    rate: int
    format: int        # 1 PCM, 6 A-law, 7 mu-law
    samples: np.ndarray
    raw: bytes


def read_wav(path: Path | str, strict: bool = True) -> WAV:
    """A RIFF reader that forgives nothing (strict): lengths must be those of the file, as any player expects."""
    data = Path(path).read_bytes()
    if len(data) < 44 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise BadWAV(f"{path}: no RIFF/WAVE header in {len(data)} bytes")
    if strict and struct.unpack_from("<I", data, 4)[0] + 8 not in (len(data), len(data) - 1):
        raise BadWAV(f"{path}: RIFF says {struct.unpack_from('<I', data, 4)[0] + 8} bytes, the file has {len(data)}")
    at, layout = 12, None
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if name == b"fmt ":
            layout = struct.unpack_from("<HHIIHH", data, at + 8)
        if name == b"data":
            if layout is None:
                raise BadWAV(f"{path}: data before fmt")
            if strict and at + 8 + size > len(data):
                raise BadWAV(f"{path}: data says {size} bytes, {len(data) - at - 8} are there")
            raw = data[at + 8 : at + 8 + size]
            kind, channels, rate, _, _, bits = layout
            if kind == 7:
                samples = g711.decode(raw, g711.PCMU)
            elif kind == 6:
                samples = g711.decode(raw, g711.PCMA)
            elif kind in (1, 0xFFFE) and bits == 16:
                samples = np.frombuffer(raw[: len(raw) // 2 * 2], dtype="<i2")
            else:
                raise BadWAV(f"{path}: format {kind}, {bits} bits")
            return WAV(rate, kind, samples[::channels], raw)
        at += 8 + size + (size & 1)
    raise BadWAV(f"{path}: no data chunk")


def write_wav(path: Path | str, samples: np.ndarray, rate: int = RATE) -> None:
    raw = samples.astype("<i2").tobytes()
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(raw), b"WAVE", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16,
                         b"data", len(raw))
    Path(path).write_bytes(header + raw)


def occurrences(clip: np.ndarray, heard: np.ndarray, threshold: float = 0.85) -> list[tuple[int, float]]:
    """Where a clip is heard in full, as (offset in samples, normalised correlation), in order; copies may not overlap."""
    if len(clip) == 0 or len(heard) < len(clip):
        return []
    a, b = clip.astype(np.float64), heard.astype(np.float64)
    size = 1 << (len(a) + len(b) - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)), size)[: len(b) - len(a) + 1]
    sums = np.concatenate([[0.0], np.cumsum(b * b)])
    energy = sums[len(a) :] - sums[: len(b) - len(a) + 1]
    score = product / np.sqrt(np.maximum(energy, 1e3 * len(a)) * np.dot(a, a))
    found: list[tuple[int, float]] = []
    while len(found) < 1000:
        best = int(np.argmax(score))
        if score[best] < threshold:
            break
        found.append((best, float(score[best])))
        score[max(0, best - len(a) + 1) : best + len(a)] = -1
    return sorted(found)
