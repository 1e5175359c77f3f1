#!/usr/bin/env python3
"""The limits of ITU-T Q.24, AT&T's column, and line faults beside them, for two detectors: limits.py OURS REFERENCE

Each row is 160 keys (all sixteen, ten times), anywhere in a frame. A key is right when the detector tells it, and nothing else, between its
beginning and the next one's. Prints per row how many were right and how many false. Fails when ours is worse in any row.
"""
import subprocess
import sys

import numpy

LOW, HIGH, KEYS = [697, 770, 852, 941], [1209, 1336, 1477, 1633], "123A456B789C*0#D"
# The amplitude of 0 dBm0.
REFERENCE = 32767 * 10 ** (-3.14 / 20)


def sound(random, on=50, off=50, low=-10, high=-10, low_part=0.0, high_part=0.0, hertz=0, noise=None, dial=(), dial_level=0, echo=None,
          law=None, hole=0):
    parts, pressed, length = [numpy.zeros(800)], [], 800
    for index in [index for _ in range(10) for index in random.permutation(16)]:
        time = numpy.arange(int(on * 8)) / 8000
        lower = LOW[index // 4] * (1 + low_part) + (hertz if low_part >= 0 else -hertz)
        upper = HIGH[index % 4] * (1 + high_part) + (hertz if high_part >= 0 else -hertz)
        tone = 10 ** (low / 20) * numpy.sin(2 * numpy.pi * lower * time + random.uniform(0, 6.28))
        tone += 10 ** (high / 20) * numpy.sin(2 * numpy.pi * upper * time + random.uniform(0, 6.28))
        if hole:
            start = random.integers(len(tone) // 3, len(tone) // 2)
            tone[start : start + hole * 8] = 0
        pressed.append((KEYS[index], length))
        parts += [REFERENCE * tone, numpy.zeros(int(off * 8) + random.integers(0, 40))]
        length += len(parts[-1]) + len(parts[-2])
    samples = numpy.concatenate(parts + [numpy.zeros(800)])
    if echo:
        delay = echo[0] * 8
        samples[delay:] += samples[:-delay].copy() * 10 ** (echo[1] / 20)
    if noise is not None:
        power = 10 ** (low / 10) + 10 ** (high / 10)
        samples += random.normal(0, REFERENCE * (power / 2 * 10 ** (-noise / 10)) ** 0.5, len(samples))
    for frequency in dial:
        samples += REFERENCE * 10 ** (dial_level / 20) * numpy.sin(2 * numpy.pi * frequency * numpy.arange(len(samples)) / 8000)
    samples = numpy.clip(numpy.round(samples), -32768, 32767)
    sign, size = numpy.where(samples < 0, -1, 1), numpy.abs(samples)
    if law == "A":
        step = 2.0 ** (numpy.maximum(numpy.floor(numpy.log2(numpy.maximum(size, 1))), 8) - 4)
        samples = numpy.clip(sign * (numpy.floor(size / step) + 0.5) * step, -32768, 32767)
    elif law == "mu":
        raised = numpy.minimum(size, 32635) + 132
        step = 2.0 ** (numpy.floor(numpy.log2(raised)) - 4)
        samples = sign * ((numpy.floor(raised / step) + 0.5) * step - 132)
    return samples.astype("<i2"), pressed


def heard(command, samples, pressed):
    lines = subprocess.run(command, input=samples.tobytes(), stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
    told = [(line.split()[1], int(line.split()[2])) for line in lines if line.startswith("down")]
    right = 0
    for number, (key, start) in enumerate(pressed):
        # The reference tells a key up to a frame and a half late, ours where it began, give or take 5 ms.
        end = pressed[number + 1][1] - 40 if number + 1 < len(pressed) else len(samples)
        right += [name for name, offset in told if start - 40 <= offset < end] == [key]
    return right, len(told) - right


def rows():
    for low in (-1, 1):
        for high in (-1, 1):
            yield f"{low * 1.5:+} %, {high * 1.5:+} %, and 2 Hz; 40 ms", True, dict(
                low_part=low * 0.015, high_part=high * 0.015, hertz=2, on=40, off=60)
    for part in (-0.035, 0.035):
        yield f"low {part * 100:+.1f} %", False, dict(low_part=part, on=100)
        yield f"high {part * 100:+.1f} %", False, dict(high_part=part, on=100)
        yield f"both {part * 100:+.1f} %", False, dict(low_part=part, high_part=part, on=100)
    for on in (40, 35):
        yield f"{on} ms on, {on} ms off", True, dict(on=on, off=on)
    yield "23 ms on", False, dict(on=23, off=60)
    yield "23 ms on, noise 15 dB below", False, dict(on=23, off=60, noise=15)
    for hole in (5, 10):
        yield f"110 ms, {hole} of them interrupted", True, dict(on=110, off=60, hole=hole)
    for level in (0, -3, -10, -25, -35, -40):
        for law in (None, "A", "mu"):
            yield f"{level} dBm0{', ' + law + '-law' if law else ''}", True, dict(low=level, high=level, law=law)
    yield "-55 dBm0", False, dict(low=-55, high=-55)
    yield "twist +4 dB", True, dict(low=-14, high=-10)
    yield "twist -8 dB", True, dict(low=-10, high=-18)
    yield "twist +9 dB", False, dict(low=-19, high=-10)
    yield "twist -13 dB", False, dict(low=-8, high=-21)
    for noise in (24, 18, 15, 12, 10):
        yield f"noise {noise} dB below", True, dict(noise=noise)
    yield "noise 12 dB below, 1.5 % + 2 Hz, twist -8 dB", True, dict(noise=12, low_part=0.015, high_part=-0.015, hertz=2, high=-18)
    yield "echo 20 ms later, 10 dB below", True, dict(echo=(20, -10), off=60)
    yield "echo 10 ms later, 10 dB below", True, dict(echo=(10, -10), off=60)
    for name, dial in (("350 and 440 Hz", (350, 440)), ("425 Hz", (425,))):
        for above in (-10, 0, 10):
            yield f"dial tone {name}, {above:+} dB", True, dict(dial=dial, dial_level=above - 20, low=-20, high=-20)


def main():
    ours, reference = sys.argv[1:3]
    random, worse = numpy.random.default_rng(24), 0
    print(f"{'':46}{'':8}{'ours':>12}{'libspandsp':>14}   of 160, right+false")
    for name, is_key, options in rows():
        samples, pressed = sound(random, **options)
        # With its dial tone filter only where there is a dial tone: it is better without one elsewhere.
        first = heard([ours], samples, pressed)
        second = heard([reference] + (["dial"] if "dial" in options else []), samples, pressed)
        if is_key:
            bad = first[0] < second[0] or first[1] > second[1]
        else:
            bad = sum(first) > sum(second)
        worse += bad
        shown = [f"{right}+{false}" for right, false in (first, second)]
        print(f"{name:46}{'accept' if is_key else 'refuse':8}{shown[0]:>12}{shown[1]:>14}{'   worse' if bad else ''}")
    return worse > 0


if __name__ == "__main__":
    sys.exit(main())
