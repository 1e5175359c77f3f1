"""Twenty talkers, free of rights: sentences of our own spoken by espeak-ng's voices, and two of the project's prompts."""

import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from harness import sound

from . import OUT, REPOSITORY

TEXTS = {
    "en": "The river was high after the rain, and nobody had crossed it since Tuesday. Ask the ferryman whether the bridge is open.",
    "de": "Der Zug nach Süden fährt heute von Gleis sieben. Wer zu spät kommt, nimmt den Bus und zeigt dort seine Karte vor.",
    "fr": "Le marché ouvre à six heures, mais les meilleures pêches sont vendues avant. Venez tôt et apportez un grand panier.",
    "es": "Mi vecina guarda las llaves del faro en una caja azul. Cuando sopla el viento del norte, nadie sube por la escalera.",
    "it": "La vecchia barca torna al porto ogni sera verso le nove. I gatti la aspettano sul molo e fanno un gran chiasso.",
    "nl": "De bakker op de hoek begint al om vier uur te werken. Wie vroeg opstaat, ruikt het verse brood door het hele dorp.",
    "pl": "Stary zegar na wieży spóźnia się o kwadrans. Mieszkańcy dawno przywykli i nikt nie chce go już naprawiać.",
    "pt": "O carteiro deixou três cartas debaixo da porta. Uma delas vinha de longe e cheirava a café e a chuva.",
    "sv": "Snön låg kvar under granarna långt in i maj. Barnen byggde en koja och kokade kaffe åt alla som gick förbi.",
    "tr": "Küçük kardeşim her sabah bahçedeki kuşları sayar. Dün on iki serçe ve bir tane de kocaman karga gördü.",
}
SECONDS = 7.0
LEVEL = -26.0        # dB below overload of the active part, as ITU-T P.56 speech for tests has it
FLOOR = -66.0        # dB: no microphone is silent, and no 20 ms of noise are like any other


@dataclass(frozen=True)
class Talker:
    name: str
    language: str = ""
    variant: str = ""
    pitch: int = 50
    speed: int = 160
    prompt: str = ""


TALKERS = [
    Talker("en-1", "en", "m1", 40, 165), Talker("de-1", "de", "f2", 55, 160), Talker("fr-1", "fr", "m3", 45, 155),
    Talker("es-1", "es", "f4", 65, 165), Talker("prompt-en", prompt="en/demonstration.wav"), Talker("it-1", "it", "m7", 35, 160),
    Talker("nl-1", "nl", "f1", 50, 165), Talker("pl-1", "pl", "m2", 60, 150), Talker("pt-1", "pt", "f3", 70, 155),
    Talker("sv-1", "sv", "m4", 30, 160), Talker("prompt-de", prompt="de/demonstration.wav"), Talker("tr-1", "tr", "f2", 45, 150),
    Talker("en-2", "en", "f3", 75, 160), Talker("de-2", "de", "m6", 25, 150), Talker("fr-2", "fr", "f1", 60, 160),
    Talker("es-2", "es", "m5", 40, 150), Talker("it-2", "it", "f4", 50, 150), Talker("nl-2", "nl", "m3", 55, 150),
    Talker("pl-2", "pl", "f2", 65, 160), Talker("sv-2", "sv", "f5", 55, 170),
]


def _rendered(talker: Talker) -> sound.WAV:
    if talker.prompt:
        return sound.read_wav(REPOSITORY / "prompts" / talker.prompt)
    path = OUT / "speech" / f"{talker.name}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    voice = {"en": "en-gb", "fr": "fr-fr"}.get(talker.language, talker.language)
    subprocess.run(["espeak-ng", "-v", f"{voice}+{talker.variant}", "-p", str(talker.pitch), "-s", str(talker.speed), "-w", str(path),
                    TEXTS[talker.language]], check=True)
    return sound.read_wav(path, strict=False)


def at_level(samples: np.ndarray, rate: int, level: float = LEVEL) -> np.ndarray:
    """Scaled so that what is loud of it (20 ms frames within 30 dB of the loudest) has the level, 0 dB being overload."""
    frames = samples[: len(samples) // (rate // 50) * (rate // 50)].reshape(-1, rate // 50).astype(np.float64)
    power = np.mean(frames * frames, axis=1)
    active = power[power > power.max() / 1000].mean()
    return samples * (10 ** (level / 20) * 32768 / np.sqrt(active))


@cache
def speech(talker: Talker, rate: int, before: float = 0.5, after: float = 0.5) -> np.ndarray:
    """The talker's sentences with a faint noise before, under and after them, as int16 at `rate`."""
    wav = _rendered(talker)
    divisor = int(np.gcd(wav.rate, rate))
    voice = resample_poly(wav.samples.astype(np.float64), rate // divisor, wav.rate // divisor)
    begin, _ = sound.loud_part(np.clip(voice, -32768, 32767).astype(np.int16), frame=rate // 50)
    voice = at_level(voice[begin : begin + int(SECONDS * rate)], rate)
    fade = rate // 20
    voice[-fade:] *= np.linspace(1, 0, fade)
    whole = np.concatenate([np.zeros(int(before * rate)), voice, np.zeros(int(after * rate))])
    whole += np.random.default_rng(TALKERS.index(talker) if talker in TALKERS else 99).normal(0, 10 ** (FLOOR / 20) * 32768, len(whole))
    return np.clip(np.round(whole), -32768, 32767).astype(np.int16)
