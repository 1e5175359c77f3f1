"""What a listener hears of speech that went through the server over a bad network. The SIP, RTP and sound tools are those of Interop."""

import os
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
REPOSITORY = FOLDER.parents[1]
OUT = FOLDER / "out"

sys.path.insert(0, str(REPOSITORY / "Interop"))
# One thread each: several processes score at the same time, and none may take the core on which packets are sent.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
