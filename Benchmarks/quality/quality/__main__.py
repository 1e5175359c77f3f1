"""make quality: what speech through the server sounds like over a bad network."""

import argparse
import multiprocessing
import random
import signal
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

import numpy as np

from . import OUT, REPOSITORY, report
from .calls import LEGS, Job, Side, batch
from .codecs import CODECS, Codec
from .goals import goals
from .judging import Evidence, behind_all_others, judge
from .network import CELLS, Network
from .player import pacing
from .speech import TALKERS, speech

TONES = (440.0, 1004.0, 2600.0)  # none divides the sampling rate: their quantising errors are noise, not harmonics
BEFORE = {"echo": 0.5, "record": 1.2, "room": 0.8}  # s before the speech: greetings and the beep are over then


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Benchmarks/quality/run", description=__doc__,
                                     epilog="Cells: " + ", ".join(CELLS) + "; and delay and tone, which are measured for the goals alone.")
    parser.add_argument("--server", type=Path, default=REPOSITORY / ".build/release/antiphon", help="the binary (.build/release/antiphon)")
    parser.add_argument("--against", type=Path, help="a second binary, given the same calls at the same time")
    parser.add_argument("--quick", action="store_true", help="4 talkers, 1 seed")
    parser.add_argument("--talkers", type=int, default=0, help=f"the first of {len(TALKERS)}")
    parser.add_argument("--seeds", type=int, default=0, help="default 5")
    parser.add_argument("--only", action="append", default=[], metavar="CELL", help="may be given again")
    parser.add_argument("--path", action="append", default=[], choices=LEGS, help="may be given again")
    parser.add_argument("--codec", choices=CODECS, default="pcmu")
    parser.add_argument("--legs", type=int, default=90, help="calls at a time")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of report.json, quality.svg and the servers' logs")
    options = parser.parse_args()
    for cell in options.only:
        if cell not in CELLS and cell not in ("delay", "tone"):
            parser.error(f"no cell {cell}")
    options.talkers = min(options.talkers or (4 if options.quick else 20), len(TALKERS))
    options.seeds = options.seeds or (1 if options.quick else 5)
    return options


def span(sound: np.ndarray, before: float, rate: int, after: float = 0.5) -> tuple[int, int]:
    return int(before * rate), len(sound) - int(after * rate)


def planned(options: argparse.Namespace, codec: Codec, side: str) -> list[tuple[Job, dict]]:
    """All calls to one server, and what the judge has to know of each."""
    jobs: list[tuple[Job, dict]] = []
    chosen = [cell for cell in CELLS if not options.only or cell in options.only]
    talkers = TALKERS[: options.talkers]
    for path in options.path or LEGS:
        for cell in chosen:
            for number, talker in enumerate(talkers):
                sound = speech(talker, codec.rate, BEFORE[path])
                other = speech(talkers[(number + 1) % len(talkers)], codec.rate, BEFORE[path]) if path == "room" else None
                for seed in range(options.seeds):
                    jobs.append((Job(path, cell, CELLS[cell], talker.name, (seed, number), sound, side, other),
                                 {"kind": "speech", "speech": span(sound, BEFORE[path], codec.rate)}))
    if (not options.only or "delay" in options.only) and (not options.path or "echo" in options.path):
        for number, talker in enumerate(talkers):
            turns = [TALKERS[(number + step) % len(TALKERS)] for step in range(3)]
            sound = unmistakable(np.concatenate([speech(each, codec.rate) for each in turns]), number)
            for cell in ("jitter20", "clean"):
                jobs.append((Job("echo", cell, CELLS[cell], talker.name, (0, number), sound, side, strict=True),
                             {"kind": "delay", "speech": (0, 0)}))
    if (not options.only or "tone" in options.only) and (not options.path or "echo" in options.path):
        seconds = 24 if options.quick else 60
        for number, hertz in enumerate(TONES):
            wave = 10 ** (-15 / 20) * 32767 * np.sin(2 * np.pi * hertz * np.arange(seconds * codec.rate) / codec.rate)
            sound = np.round(wave).astype(np.int16)
            for cell in ("clean", "jitter20", "drift+300", "drift-300"):
                jobs.append((Job("echo", cell, CELLS[cell], f"{hertz:.0f} Hz", (0, number), sound, side, strict=True),
                             {"kind": "tone", "speech": (0, 0), "hertz": hertz}))
    return jobs


def unmistakable(sound: np.ndarray, seed: int) -> np.ndarray:
    """With a noise 20 dB below the speech, so that no 10 ms are like any other and what conceals them is not taken for them."""
    noise = np.random.default_rng([seed, 77]).normal(0, 10 ** (-46 / 20) * 32768, len(sound))
    return np.clip(np.round(sound + noise), -32768, 32767).astype(np.int16)


def batches(jobs: list[tuple[Job, dict]], legs: int):
    """Takes from the list until so many legs are full; calls of about the same length, both servers' turn by turn."""
    while jobs:
        taken, count, length = [], 0, len(jobs[0][0].sound)
        while jobs and count + LEGS[jobs[0][0].path] <= max(legs, 3) and len(jobs[0][0].sound) < 1.5 * length:
            taken.append(jobs.pop(0))
            count += LEGS[taken[-1][0].path]
        yield taken


def main() -> int:
    options = arguments()
    codec = CODECS[options.codec]
    options.out.mkdir(parents=True, exist_ok=True)
    # So that the servers end with the bench, however it ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    sides = {"main": Side("main", options.server, options.out / "server", 0)}
    if options.against:
        sides["against"] = Side("against", options.against, options.out / "server-against", 1)
    jobs = [pair for together in zip(*(planned(options, codec, side) for side in sides)) for pair in together]
    # What the machine does at some time must not befall one cell alone; pairs stay together.
    groups = [jobs[index : index + len(sides)] for index in range(0, len(jobs), len(sides))]
    random.Random(1).shuffle(groups)
    groups.sort(key=lambda group: (group[0][1]["kind"] != "tone", group[0][1]["kind"] != "delay"))
    jobs = [pair for group in groups for pair in group]
    print(f"{len(jobs)} calls, {options.talkers} talkers, {options.seeds} seeds, {codec.name}", file=sys.stderr)

    lateness, judged, faults, again, begin, total = [], [], [], 0, time.monotonic(), len(jobs)
    legs, given_up = options.legs, 0
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn"), initializer=behind_all_others) as judges:
        try:
            while jobs:
                taken = next(batches(jobs, legs))
                late = batch([job for job, _ in taken], sides, codec)
                figures = pacing(late)
                # Fewer at a time where the machine cannot keep up; more again once it does.
                legs = max(legs // 2, 12) if figures["p99"] > 2 else min(2 * legs, options.legs)
                for job, about in taken:
                    if (job.fault or job.disturbed) and job.attempts < 4:
                        job.attempts += 1
                        again += 1
                        jobs.append((job, about))
                    elif job.fault:
                        faults.append(f"{job.path} {job.cell} {job.talker} {job.side}: {job.fault}")
                    else:
                        lateness.append(job.lateness)
                        given_up += job.disturbed
                        judged.append(judges.submit(judge, Evidence.of(job, codec=codec.name, **about)))
                    job.heard = job.heard_other = job.recording = None
                # The judges' backlog would otherwise grow in memory.
                while sum(not future.done() for future in judged) > 400:
                    time.sleep(0.2)
                print(f"{time.monotonic() - begin:6.0f} s  {total - len(jobs)}/{total} calls, late p99 {figures['p99']:.2f} "
                      f"max {figures['max']:.2f} ms", file=sys.stderr)
        except (KeyboardInterrupt, SystemExit):
            faults.append("stopped: the report is of what was judged so far")
            for future in judged:
                future.cancel()
        finally:
            for side in sides.values():
                side.stop()
        calls = [future.result() for future in judged if not future.cancelled()]
    return finish(options, calls, pacing(np.concatenate(lateness or [np.zeros(0)])), again, given_up, faults, time.monotonic() - begin)


def finish(options: argparse.Namespace, calls: list[dict], sending: dict, again: int, given_up: int, faults: list[str],
           seconds: float) -> int:
    own = [call for call in calls if call["side"] == "main"]
    figures, reached = report.cells(own), goals(own)
    void = sending["p99"] > 2 or given_up > len(calls) * 0.02
    print(report.table(figures))
    print(f"\nMean over {options.talkers} talkers and {options.seeds} seeds, ± half of the 95 % interval over talkers; {options.codec}.")
    whole = {"talkers": options.talkers, "seeds": options.seeds, "codec": options.codec, "seconds": round(seconds),
             "sending": sending, "repeated": again, "disturbed": given_up, "void": void, "faults": faults, "cells": figures,
             "goals": [goal.plain() for goal in reached], "calls": calls}
    if options.against:
        other = [call for call in calls if call["side"] == "against"]
        whole["against"] = {"cells": report.cells(other), "differences": report.differences(calls),
                            "goals": [goal.plain() for goal in goals(other)]}
        print(f"\n{options.server} less {options.against}, call by call:")
        print(report.table(whole["against"]["differences"], signed=True))
    print()
    for goal in reached:
        print(goal.line())
    print(f"\nSending: {sending['packets']} packets left late by {sending['p50']} ms (median), {sending['p99']} (99 %), "
          f"{sending['p999']} (99.9 %), {sending['max']} (most); {again} calls repeated, {given_up} kept although disturbed; "
          f"{seconds:.0f} s.")
    for fault in faults[:10]:
        print(f"FAILED {fault}")
    if void:
        print("VOID: this machine had no time to send as planned; run again with fewer --legs, or alone.")
    report.write(options.out / "report.json", whole)
    if figures:
        report.plot(options.out / "quality.svg", figures,
                    f"{options.codec}, {options.talkers} talkers, {options.seeds} seeds, 95 % intervals")
    print(f"{options.out}/report.json, {options.out}/quality.svg")
    return 2 if void or faults else 0 if all(goal.met is not False for goal in reached) else 1


if __name__ == "__main__":
    sys.exit(main())
