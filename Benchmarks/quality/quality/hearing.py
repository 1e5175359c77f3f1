"""Packets that came back as sound with its times, and where in it the sound that was sent is found."""

from dataclasses import dataclass

import numpy as np

from harness.rtp import Packet
from harness.sound import align

from .codecs import Codec


@dataclass
class Hearing:
    samples: np.ndarray
    starts: np.ndarray       # of each packet: its first sample in `samples`,
    arrivals: np.ndarray     #   and when it arrived (monotonic, s), in order of `starts`
    missing: int             # samples that no packet brought

    def heard_at(self, index: np.ndarray, rate: int) -> np.ndarray:
        """When a sample is heard by one who plays each packet the moment it comes, in seconds."""
        place = np.clip(np.searchsorted(self.starts, index, side="right") - 1, 0, None)
        return self.arrivals[place] + (index - self.starts[place]) / rate


def hearing(packets: list[Packet], codec: Codec) -> Hearing:
    """By timestamp of the first stream; what never came is silence."""
    voice = [packet for packet in packets if packet.payload_type == codec.payload_type and packet.payload]
    voice = [packet for packet in voice if packet.ssrc == voice[0].ssrc]
    if not voice:
        return Hearing(np.zeros(0, dtype=np.int16), np.zeros(0, dtype=int), np.zeros(0), 0)
    place = {}
    for packet in voice:
        distance = ((packet.timestamp - voice[0].timestamp + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
        if 0 <= distance < codec.clock * 600:
            place.setdefault(distance * codec.rate // codec.clock, packet)
    decode, pieces = codec.decoder(), []
    for begin in sorted(place):
        pieces.append((begin, decode(place[begin].payload)))
    samples = np.zeros(pieces[-1][0] + len(pieces[-1][1]), dtype=np.int16)
    covered = np.zeros(len(samples), dtype=bool)
    for begin, piece in pieces:
        end = min(begin + len(piece), len(samples))
        samples[begin:end], covered[begin:end] = piece[: end - begin], True
    starts = np.array(sorted(place))
    return Hearing(samples, starts, np.array([place[begin].at for begin in starts]), int((~covered).sum()))


def cut(samples: np.ndarray, begin: int, length: int) -> np.ndarray:
    """A part, with silence where there is nothing."""
    result = np.zeros(length, dtype=samples.dtype)
    low, high = max(begin, 0), min(begin + length, len(samples))
    if high > low:
        result[low - begin : high - begin] = samples[low:high]
    return result


def found(reference: np.ndarray, heard: np.ndarray) -> np.ndarray:
    """The part of what was heard that is the reference's, of its length."""
    return cut(heard, align(reference, heard).offset, len(reference))


def straightened(reference: np.ndarray, heard: np.ndarray, rate: int, block: float = 0.25, reach: float = 0.1) -> np.ndarray:
    """`heard` (cut to the reference) with each quarter of a second moved to where it fits best: a playout delay that changes between
    words is not what STOI is to judge, which compares frame by frame without aligning."""
    size, room, lag, pieces = int(block * rate), int(reach * rate), 0, []
    loud = np.sqrt(np.mean(np.square(reference.astype(np.float64)))) * 0.2
    for begin in range(0, len(reference), size):
        piece = cut(reference, begin - size // 2, 2 * size).astype(np.float64)
        if np.sqrt(np.mean(piece * piece)) > loud:
            around = cut(heard, begin - size // 2 - room, 2 * size + 2 * room).astype(np.float64)
            score = np.fft.irfft(np.fft.rfft(around, 1 << 14) * np.conj(np.fft.rfft(piece, 1 << 14)), 1 << 14)[: 2 * room + 1]
            lag = int(np.argmax(score)) - room
        pieces.append(cut(heard, begin + lag, min(size, len(reference) - begin)))
    return np.concatenate(pieces)


@dataclass
class Traced:
    block: int               # samples in a block
    places: np.ndarray       # of each block of what was sent: where in what was heard it begins, -1 where it was not heard


def trace(sent: np.ndarray, heard: np.ndarray, rate: int, reach: float = 0.25, limit: float = 10 ** (-26 / 10)) -> Traced:
    """Looks for every 10 ms of what was sent. Found is what differs by less than 26 dB below itself: concealment never does, where a
    noise 20 dB below the speech makes every packet different from all others."""
    block, room = rate // 100, int(reach * rate)
    offset = align(sent, heard).offset
    count = len(sent) // block
    places = np.full(count, -1)
    for index in range(count):
        piece = sent[index * block : (index + 1) * block].astype(np.float64)
        begin = index * block + offset - room
        around = cut(heard, begin, block + 2 * room).astype(np.float64)
        energy = piece @ piece
        squares = np.concatenate([[0.0], np.cumsum(around * around)])
        difference = energy + squares[block:] - squares[:-block] - 2 * np.correlate(around, piece, "valid")
        best = int(np.argmin(difference))
        if energy > 0 and difference[best] < limit * energy:
            places[index] = begin + best
    return Traced(block, places)
