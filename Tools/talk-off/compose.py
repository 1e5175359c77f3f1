#!/usr/bin/env python3
"""Writes speech and music as raw 16-bit samples at 8 kHz to standard output: Tools/talk-off/compose.py [--minutes 60] [--seed 1]

Made from the project's own prompts and music on hold, and from espeak-ng's voices where that is installed: played faster and slower
(so pitch and formants move as well), pitched by sox where that is installed, laid over each other, and at speech levels from
-30 to -8 dBm0. Pieces come in turn: a prompt, two talkers at once, music, speech over music, a synthetic voice.
The same seed gives the same sound on the same machine.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import wave

import numpy

RATE = 8000
TOP = pathlib.Path(__file__).resolve().parent.parent.parent
# A sine of 0 dBm0 is 3.14 dB below full scale; levels are of the sound where it is not silent.
REFERENCE = 32768 / 2**0.5 * 10 ** (-3.14 / 20)
LANGUAGES = ["en", "en-us", "de", "fr", "es", "it", "nl", "pl", "sv", "tr", "ru", "cmn", "ja", "hi"]
VARIANTS = ["", "+f1", "+f2", "+f3", "+f4", "+f5", "+m1", "+m2", "+m3", "+m4", "+m7", "+croak", "+whisper", "+klatt"]
SENTENCES = [
    "You have seven new messages. To listen to them, press one. To change your greeting, press two.",
    "All our lines are busy at the moment, please hold on; we shall be with you in a few minutes.",
    "Sixty-eight, nine hundred and forty-one, twelve hundred and nine, sixteen thirty-three.",
    "Oh no, who would go out in the snow now? You knew, too. Eerie, easy, evening, aurora, hour.",
    "La la la, meow, yo-yo, wow; we were away a year ago in Iowa. Hallo, ja, nein, aha, ohne Uhr.",
    "Eine neue Nachricht, heute um sieben Uhr neun. Guten Tag, Sie hoeren die Ansage von morgen.",
]


def read(path):
    with wave.open(str(path)) as file:
        samples = numpy.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
        return samples[:: file.getnchannels()], file.getframerate()


def faster(samples, rate, speed):
    """At 8 kHz, `speed` times as fast: the spectrum is cut off or filled up with nothing."""
    spectrum = numpy.fft.rfft(samples)
    length = max(int(len(samples) * RATE / rate / speed), 16)
    result = numpy.zeros(length // 2 + 1, complex)
    kept = min(len(spectrum), len(result))
    result[:kept] = spectrum[:kept]
    return numpy.fft.irfft(result, length)


def levelled(samples, level):
    """With the mean power of the parts that are not silent at `level` dBm0."""
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    power = (frames**2).mean(1)
    loud = power[power > power.max() * 0.003] if len(power) else power
    if not len(loud) or loud.mean() <= 0:
        return samples * 0
    return samples * (REFERENCE * 10 ** (level / 20) / loud.mean() ** 0.5)


class Composer:
    def __init__(self, seed):
        self.random = numpy.random.default_rng(seed)
        files = sorted((TOP / "prompts").rglob("*.wav"))
        self.music = [read(file) for file in files if "music" in file.parts]
        self.speech = [read(file) for file in files if "music" not in file.parts]
        self.sox = shutil.which("sox")
        self.espeak = shutil.which("espeak-ng")

    def level(self):
        return self.random.uniform(-30, -8)

    def prompt(self):
        parts = []
        speed = 2 ** self.random.uniform(-0.7, 0.9)
        for _ in range(6):
            samples, rate = self.speech[self.random.integers(len(self.speech))]
            parts += [faster(samples, rate, speed), numpy.zeros(self.random.integers(200, 2000))]
        return levelled(numpy.concatenate(parts), self.level())

    def pitched(self):
        """Speech and music with another pitch at the same pace."""
        samples = self.prompt() if self.random.random() < 0.7 else self.tune()
        if not self.sox:
            return samples
        raw = ["-t", "raw", "-r", str(RATE), "-e", "signed", "-b", "16", "-c", "1", "-"]
        effect = ["pitch", str(int(self.random.uniform(-700, 900)))]
        sound = subprocess.run(
            [self.sox, "-q", "-R", "-D", "-G", *raw, *raw, *effect], input=clipped(samples), stdout=subprocess.PIPE, check=True)
        return levelled(numpy.frombuffer(sound.stdout, "<i2").astype(float), self.level())

    def tune(self):
        samples, rate = self.music[self.random.integers(len(self.music))]
        start = self.random.integers(len(samples))
        piece = numpy.concatenate([samples, samples])[start : start + 15 * rate]
        return levelled(faster(piece, rate, 2 ** (self.random.integers(-12, 15) / 12 + self.random.uniform(-0.02, 0.02))), self.level())

    def voice(self):
        if not self.espeak:
            return self.prompt()
        voice = self.random.choice(LANGUAGES) + self.random.choice(VARIANTS)
        options = ["-p", str(self.random.integers(10, 99)), "-s", str(self.random.integers(110, 260))]
        text = " ".join(self.random.permutation(SENTENCES)[:3])
        sound = subprocess.run([self.espeak, "-v", voice, *options, "--stdout", text], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if len(sound.stdout) < 1000:
            return self.prompt()
        samples = numpy.frombuffer(sound.stdout[44 : len(sound.stdout) // 2 * 2], "<i2").astype(float)
        return levelled(faster(samples, 22050, 2 ** self.random.uniform(-0.4, 0.8)), self.level())

    def both(self, first, second):
        length = max(len(first), len(second))
        return numpy.pad(first, (0, length - len(first))) + numpy.pad(second, (0, length - len(second)))

    def pieces(self):
        while True:
            yield self.prompt()
            yield self.voice()
            yield self.both(self.prompt(), self.voice())
            yield self.tune()
            yield self.pitched()
            yield self.both(self.tune(), self.prompt())


def clipped(samples):
    return numpy.clip(numpy.round(samples), -32768, 32767).astype("<i2").tobytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rest = int(options.minutes * 60 * RATE)
    for piece in Composer(options.seed).pieces():
        sys.stdout.buffer.write(clipped(piece[:rest]))
        rest -= len(piece)
        if rest <= 0:
            break


if __name__ == "__main__":
    main()
