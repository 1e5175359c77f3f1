"""One server for each worker process; the workers' calls overlap, so that the whole takes as long as the longest calls."""

import functools
import itertools
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

from harness import certificates, stolen
from harness.mailboxes import Box, new_box
from harness.ports import worker
from harness.server import REPOSITORY, Server, free_port
from harness.sound import read_wav, to_8k

OUT = Path(__file__).parent / "out"
_numbers = itertools.count(1101)


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        shutil.rmtree(OUT, ignore_errors=True)
        OUT.mkdir(parents=True)
    # The whole run repeats with SEED=<the number printed>.
    seed = int(os.environ.get("SEED") or random.SystemRandom().getrandbits(32))
    os.environ["SEED"] = str(seed)


def pytest_report_header(config):
    return f"seed {os.environ['SEED']} (SEED=... repeats it); logs in Interop/out"


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)



# A test that failed while more than this share of the processors' time was stolen is made again, twice at most.
STOLEN = 0.1


def pytest_runtest_protocol(item, nextitem):
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for attempt in range(3):
        before = stolen.times()
        item.attempt = attempt
        if attempt:
            item._initrequest()
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        if attempt == 2 or not any(report.failed for report in reports) or stolen.share(before) < STOLEN:
            break
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.fixture(scope="session")
def folder() -> Path:
    path = OUT / f"worker{worker()}"
    path.mkdir(parents=True, exist_ok=True)
    return path


@pytest.fixture(scope="session")
def media_ports():
    """Ranges of RTP ports that no other worker's servers use."""
    base, count = 20000 + worker() * 600, 0

    def take() -> tuple[int, int]:
        nonlocal count
        count += 1
        low = base + (count % 3) * 200
        return low, low + 199

    return take


@pytest.fixture(scope="session")
def server(folder, media_ports):
    server = Server(folder / "server", media=media_ports()).start()
    yield server
    server.assert_alive()
    assert server.stop() == 0, f"exit status {server.process.returncode} after SIGTERM:\n{server.tail()}"


@pytest.fixture(scope="session")
def authority(folder) -> Path:
    """Where the certificates of a test authority lie: its own, and one of the server that it has signed."""
    return certificates.issue(folder / "authority")


@pytest.fixture(scope="session")
def secure_server(folder, media_ports, authority, server):
    """Listens on TLS too, and calls the numbers 60X of the other server."""
    secure = Server(folder / "secure", media=media_ports(), tls=(free_port(), authority),
                    extra=f'dial_targets: ["sip:60X@127.0.0.1:{server.port}"]\n').start()
    yield secure
    secure.assert_alive()
    assert secure.stop() == 0, secure.tail()


@pytest.fixture(params=["udp", "tcp", "tls"])
def any_transport(request) -> str:
    return request.param


@pytest.fixture
def own_server(folder, media_ports):
    """Makes a server of the test's own, and ends it."""
    made = []

    def make(extra: str = 'voicemail: {mailboxes: ["1001", "1002"], first_pin: "7391"}\n', **settings) -> Server:
        # Not the test's name: the path of the control socket must not be longer than a Unix socket's.
        server = Server(folder / f"own{next(_numbers)}", media=media_ports(), extra=extra, **settings)
        made.append(server)
        return server.start()

    yield make
    for server in made:
        if server.alive:
            assert server.stop() == 0, server.tail()


@pytest.fixture
def box(server) -> Box:
    """A mailbox that no other test has seen."""
    return new_box(server, str(next(_numbers)))


@pytest.fixture(autouse=True)
def repeatable(request):
    # Made again it has names of its own: what the first time left is still there.
    random.seed(f"{os.environ['SEED']} {request.node.nodeid} {getattr(request.node, 'attempt', 0)}")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" and report.failed and "server" in getattr(item, "funcargs", {}):
        report.sections.append(("end of the server's log", item.funcargs["server"].tail(25)))


@pytest.fixture
def tiny_disk(folder):
    """Makes a file system of that many KB, mounted for one test."""
    mounted = []

    def mount(kilobytes: int) -> Path:
        if os.geteuid() != 0:
            pytest.skip("a disk that is full needs root, to mount a tmpfs")
        path = folder / f"tiny{len(mounted)}"
        path.mkdir(exist_ok=True)
        run = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(path)], capture_output=True, text=True)
        if run.returncode:
            pytest.skip(f"no tmpfs can be mounted here: {run.stderr.strip()}")
        mounted.append(path)
        return path

    yield mount
    for path in mounted:
        subprocess.run(["umount", "-l", str(path)], check=True)


@pytest.fixture(params=["udp", "tcp"])
def transport(request) -> str:
    return request.param


@functools.cache
def prompt(name: str):
    """A file under prompts/ at 8 kHz."""
    wav = read_wav(REPOSITORY / "prompts" / name, strict=False)
    return to_8k(wav.samples, wav.rate)


@pytest.fixture(scope="session")
def demonstration():
    return prompt("en/demonstration.wav")


@pytest.fixture(scope="session")
def music():
    return prompt("music/default.wav")
