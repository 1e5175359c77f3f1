"""sipsak asks with OPTIONS over UDP, TCP and TLS."""

import os
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.skipif(not shutil.which("sipsak"), reason="sipsak is not installed (Debian package `sipsak`)")


@pytest.fixture
def environment(folder) -> dict[str, str]:
    """With TLS 1.3 sipsak 0.9.8 takes the session ticket for the answer, and gives up: it gets TLS 1.2."""
    path = folder / "gnutls-priorities"
    path.write_text("[overrides]\ndisabled-version = tls1.3\n")
    return {**os.environ, "GNUTLS_SYSTEM_PRIORITY_FILE": str(path)}


def test_options_are_answered(secure_server, authority, environment, any_transport):
    host, port = secure_server.endpoint(any_transport)
    command = ["sipsak", "-vv", "-E", any_transport, "-s", f"sip:600@{host}:{port}"]
    if any_transport == "tls":
        # It looks for the name with the port in the certificate.
        command += [f"--tls-ca-cert={authority / 'ca.pem'}", "--tls-ignore-cert-failure"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=30, env=environment)
    assert done.returncode == 0 and "SIP/2.0 200 OK" in done.stdout, done.stdout + done.stderr
    assert "INVITE" in done.stdout.split("Allow: ")[1].splitlines()[0]
