"""An authority of the test's own, and a certificate of the server that it has signed: made by openssl when they are needed."""

import subprocess
from pathlib import Path

CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


def issue(folder: Path, names: str = "DNS:localhost,IP:127.0.0.1,URI:sip:localhost") -> Path:
    """`ca.pem`, and `cert.pem` with `key.pem` for those names, in the folder."""
    folder.mkdir(parents=True, exist_ok=True)

    def openssl(*words: str) -> None:
        done = subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr

    openssl("req", "-x509", *CURVE, "-days", "2", "-subj", "/CN=Interop authority", "-keyout", "ca-key.pem", "-out", "ca.pem")
    openssl("req", *CURVE, "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "request.pem")
    (folder / "names").write_text(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-days", "2",
            "-extfile", "names", "-out", "cert.pem")
    return folder
