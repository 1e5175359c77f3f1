"""libspandsp's concealment (its plc.h), the mark to beat, on the packets that we lost."""

import ctypes
from functools import cache

import numpy as np

_SHORTS = np.ctypeslib.ndpointer(np.int16, flags="C_CONTIGUOUS")


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL("libspandsp.so.2")
    library.plc_init.restype = ctypes.c_void_p
    library.plc_init.argtypes = [ctypes.c_void_p]
    library.plc_free.argtypes = [ctypes.c_void_p]
    for call in (library.plc_rx, library.plc_fillin):
        call.argtypes = [ctypes.c_void_p, _SHORTS, ctypes.c_int]
    return library


def conceal(samples: np.ndarray, lost: np.ndarray, frame: int = 160) -> np.ndarray:
    """The decoded samples with each lost frame filled in; `lost` has one value for each frame."""
    library = _library()
    state = library.plc_init(None)
    try:
        pieces = []
        for index, gone in enumerate(lost):
            piece = np.ascontiguousarray(samples[index * frame : (index + 1) * frame], dtype=np.int16).copy()
            (library.plc_fillin if gone else library.plc_rx)(state, piece, len(piece))
            pieces.append(piece)
        return np.concatenate(pieces)
    finally:
        library.plc_free(state)
