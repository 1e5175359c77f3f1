"""`antiphon status`: what the server says of itself, and that it keeps nothing of calls that are over."""

import json

from harness import disk
from harness.call import calling
from harness.mailboxes import antiphon, asked
from harness.wait import until


def tables(server) -> dict[str, int]:
    """Those that are not empty."""
    return {table["name"]: table["entries"] for table in asked(server, "status")["tables"] if table["entries"]}


def test_a_call_that_stands_is_seen(own_server):
    server = own_server()
    assert asked(server, "status")["condition"] == "ready" and tables(server) == {}
    with calling(server, "udp", "600") as call:
        state = asked(server, "status")
        assert (state["calls"], state["invited"], state["answered"], state["ended"]) == (1, 1, 1, 0)
        assert tables(server)["media sessions"] == 1
        said = antiphon(server, "status")
        assert said.returncode == 0 and said.stdout.startswith("ready\n1 of at most ")
        assert call.bye().status == 200


def test_nothing_is_kept_of_calls_that_are_over(own_server):
    """However they ended, over either transport: 64*T1 later every table is empty."""
    server = own_server()
    for transport in ("udp", "tcp"):
        for number in ("600", "602", "moh", "3001", "1001"):
            with calling(server, transport, number) as call:
                assert call.bye().status == 200
        for number in ("604", "605"):
            with calling(server, transport, number, answered=False) as call:
                call.invite()
                call.wait_status(180, 183)
                call.cancel()
                assert call.final().status == 487
        for number in ("606", "609"):
            with calling(server, transport, number, answered=False) as call:
                call.invite()
                assert call.final().status >= 400
        with calling(server, transport, "600") as call:
            assert call.reinvite().status == 200
            assert call.bye().status == 200
        # Leaves without a word; the connection, where there is one, is closed.
        with calling(server, transport, "604", answered=False) as call:
            call.invite()
            call.wait_status(180)
            call.cancel()
    assert tables(server), "their transactions stand for 32 s"
    until(lambda: tables(server) == {}, 45, f"all tables empty; {tables(server)}", 1)
    state = asked(server, "status")
    assert state["calls"] == 0 and state["invited"] == 22


def test_why_no_calls_are_taken(own_server):
    server = own_server("calls: 1\n")
    with calling(server, "udp", "600") as call:
        full = antiphon(server, "status", "--json")
        assert full.returncode == 1 and json.loads(full.stdout)["condition"] == "full"
        assert call.bye().status == 200
    assert antiphon(server, "drain").returncode == 0
    draining = antiphon(server, "status")
    assert draining.returncode == 1 and draining.stdout.startswith("draining: ")
    assert antiphon(server, "drain", "--undo").returncode == 0
    assert asked(server, "status")["condition"] == "ready"


def test_a_full_disk_is_told(own_server, tiny_disk):
    server = own_server(data=tiny_disk(24_576))
    assert asked(server, "status")["condition"] == "ready"
    filler = disk.fill(server.data)
    state = asked(server, "status")
    assert state["condition"] == "degraded" and "disk" in state["reason"]
    filler.unlink()
    assert asked(server, "status")["condition"] == "ready"
