"""What is spoken on the wire. Another codec is another entry of CODECS: a payload type, its rates, and how a stream is coded."""

from dataclasses import dataclass
from typing import Callable

import numpy as np

from harness import g711

Coder = Callable[[np.ndarray], bytes]
Decoder = Callable[[bytes], np.ndarray]


@dataclass(frozen=True)
class Codec:
    name: str
    payload_type: int
    offer: dict             # settings of harness.message.offer
    rate: int               # samples per second that are coded
    clock: int              # timestamp units per second (RFC 3551: 8000 for G.722 although it codes 16000)
    mode: str               # of PESQ: nb or wb
    coder: Callable[[], Coder]      # a new one for each stream, for codecs that remember
    decoder: Callable[[], Decoder]

    @property
    def frame(self) -> int:
        """Samples in 20 ms."""
        return self.rate // 50

    def encode(self, samples: np.ndarray) -> list[bytes]:
        code = self.coder()
        return [code(samples[begin : begin + self.frame]) for begin in range(0, len(samples) - self.frame + 1, self.frame)]

    def heard(self, samples: np.ndarray) -> np.ndarray:
        """The samples as this codec leaves them."""
        decode = self.decoder()
        return np.concatenate([decode(payload) for payload in self.encode(samples)])


def _g711(name: str, payload_type: int) -> Codec:
    return Codec(name, payload_type, {"formats": f"{payload_type} 101"}, 8000, 8000, "nb",
                 lambda: lambda samples: g711.encode(samples, payload_type), lambda: lambda payload: g711.decode(payload, payload_type))


CODECS = {"pcmu": _g711("pcmu", g711.PCMU), "pcma": _g711("pcma", g711.PCMA)}
