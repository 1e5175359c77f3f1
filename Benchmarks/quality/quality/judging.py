"""What is found out about one call after it is over, in a process of its own and behind all others."""

import os
import signal
from dataclasses import dataclass, field

import numpy as np

from harness.sound import align

from .calls import Job
from .codecs import CODECS
from .hearing import Hearing, cut, trace
from .reception import discarded
from .scores import beside_tone, judged, pesq_of, stoi_of
from . import spandsp


@dataclass
class Evidence:
    """A job without its sockets: what a judging process is handed."""
    kind: str                # speech, delay or tone
    path: str
    cell: str
    talker: str
    seed: int
    side: str
    codec: str
    sound: np.ndarray
    other: np.ndarray | None
    heard: Hearing | None
    heard_other: Hearing | None
    recording: np.ndarray | None
    left: np.ndarray
    begin: float
    speech: tuple[int, int]      # first and last sample of the speech in `sound`
    only_loss: bool
    late: float
    hertz: float = 0.0
    reports: list[bytes] = field(default_factory=list)

    @staticmethod
    def of(job: Job, codec: str, kind: str, speech: tuple[int, int], hertz: float = 0.0) -> "Evidence":
        network = job.network
        only_loss = bool(network.loss) and not (network.jitter or network.reorder or network.duplicate or network.drift)
        return Evidence(kind, job.path, job.cell, job.talker, job.seed[0], job.side, codec, job.sound, job.other, job.heard,
                        job.heard_other, job.recording, job.left, job.begin, speech, only_loss, float(job.lateness.max()), hertz,
                        job.reports if kind == "delay" else [])


def behind_all_others() -> None:
    os.nice(10)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who interrupts the bench wants its report


def judge(evidence: Evidence) -> dict:
    """The call's place in the plan, and its figures."""
    result = {"kind": evidence.kind, "path": evidence.path, "cell": evidence.cell, "talker": evidence.talker, "seed": evidence.seed,
              "side": evidence.side, "sent_late": round(evidence.late, 6)}
    return result | {"speech": _speech, "delay": _delay, "tone": _tone}[evidence.kind](evidence)


def _speech(evidence: Evidence) -> dict:
    codec, result = CODECS[evidence.codec], {}
    if evidence.path == "record":
        result |= judged(evidence.sound, evidence.recording, codec.rate, codec.mode)
        result |= {"differing": differing(codec.heard(evidence.sound), evidence.recording, evidence.speech)}
        return result
    if evidence.heard is None:
        return {"pesq": 1.0, "stoi": 0.0, "missing": len(evidence.sound)}
    result |= judged(evidence.sound, evidence.heard.samples, codec.rate, codec.mode) | {"missing": evidence.heard.missing}
    if evidence.path == "room" and evidence.heard_other is not None:
        result |= {f"other_{name}": value
                   for name, value in judged(evidence.other, evidence.heard_other.samples, codec.rate, codec.mode).items()}
    if evidence.path == "echo" and evidence.only_loss and codec.rate == 8000:
        filled = spandsp.conceal(codec.heard(evidence.sound), np.isnan(evidence.left))
        sound = evidence.sound[: len(filled)]
        result |= {"spandsp_pesq": pesq_of(sound, filled, codec.rate, codec.mode), "spandsp_stoi": stoi_of(sound, filled, codec.rate)}
    return result


def differing(said: np.ndarray, recording: np.ndarray, speech: tuple[int, int], margin: int = 400) -> int:
    """Samples of the speech that are not in the recording as they were said, where it fits best. Where the recording begins and ends is
    the caller's affair (his beep, his hanging up), so only the speech and `margin` samples around it count."""
    begin, end = max(speech[0] - margin, 0), min(speech[1] + margin, len(said))
    part = said[begin:end]
    return int(np.count_nonzero(cut(recording, align(part, recording).offset, len(part)) != part))


def _delay(evidence: Evidence) -> dict:
    """How long sound took from its nominal time to the ear, of that the network's own delay, and what was not heard of what came."""
    codec = CODECS[evidence.codec]
    if evidence.heard is None:
        return _unheard()
    traced = trace(codec.heard(evidence.sound), evidence.heard.samples, codec.rate)
    per_packet = codec.frame // traced.block
    packets = len(traced.places) // per_packet - 5  # the last may still wait when the call ends
    places = traced.places[: packets * per_packet]
    came = ~np.isnan(evidence.left[:packets])
    heard = (places.reshape(packets, per_packet) >= 0).any(axis=1)
    blocks = np.flatnonzero(places >= 0)
    if not len(blocks):
        return _unheard()
    nominal = evidence.begin + blocks * traced.block / codec.rate
    delay = evidence.heard.heard_at(places[blocks], codec.rate) - nominal
    network = evidence.left[:packets] - np.arange(packets) * 0.02
    waited = delay - network[blocks // per_packet]
    settled = blocks * traced.block > 2 * codec.rate
    return {"delay": float(delay.mean()), "waited": float(np.nanmean(waited)),
            "settled": float(delay[settled].mean()) if settled.any() else float("nan"),
            "late": float(np.mean(~heard[came])), "discarded": discarded(evidence.reports)}


def _unheard() -> dict:
    return {"delay": float("nan"), "waited": float("nan"), "settled": float("nan"), "late": 1.0, "discarded": None}


def _tone(evidence: Evidence) -> dict:
    codec = CODECS[evidence.codec]
    sent = beside_tone(codec.heard(evidence.sound)[1600:-1600], evidence.hertz, codec.rate)
    if evidence.heard is None:
        return {"worst": 0.0, "beyond": 1.0, "sent": float(sent.max())}
    samples = evidence.heard.samples
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 500)
    if len(loud) < codec.rate:
        return {"worst": 0.0, "beyond": 1.0, "sent": float(sent.max())}
    # Its onset is no steady tone, and at its end the packets cease: what follows is concealment.
    rest = beside_tone(samples[loud[0] + 80 : loud[0] + len(evidence.sound) - codec.rate // 5], evidence.hertz, codec.rate)
    worst = int(np.argmax(rest))
    return {"worst": float(rest[worst]), "at": worst * 0.0025, "beyond": float(np.mean(rest > -40)), "sent": float(sent.max())}
