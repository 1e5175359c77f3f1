"""The SIP front as peers meet it: passwords, lamps, calls out, session timers, reliable provisionals, TLS, draining, traces."""

import hashlib
import json
import re
import signal
import socket
import ssl
import subprocess
import time

import pytest

from harness import kamailio, sound
from harness.call import Call, calling
from harness.listener import Listener
from harness.mailboxes import antiphon
from harness.message import parse
from harness.server import REPOSITORY, executable, free_port
from harness.telephone import Telephone, token
from harness.wait import until


# Keys by INFO

def test_keys_come_by_info(server):
    with calling(server, "udp", "101") as call:
        def info(body: bytes, kind: str) -> int:
            request = call.request("INFO", headers=(("Content-Type", kind),))
            request.headers = [(n, v) if n != "Content-Length" else (n, str(len(body))) for n, v in request.headers]
            request.body = body
            call.telephone.send(request)
            return call.wait_status(200, 699, "INFO", cseq=call.cseq).status

        until(lambda: len(call.party.heard().samples) > 8000, 10, "the welcome")
        assert info(b"x", "text/plain") == 415
        assert info(b"Signal=2\r\nDuration=160\r\n", "application/dtmf-relay") == 200
        # 2 is music: what was said before stops, and the music has no pauses.
        since = call.party.count()
        until(lambda: len(call.party.heard(since).samples) > 3 * 8000, 15, "three seconds after the key")


# Reliable provisional responses and session timers

def test_a_reliable_183_waits_for_its_prack(server):
    with calling(server, "udp", "605", answered=False) as call:
        call.invite(headers=(("Require", "100rel"),))
        first = call.wait_status(183)
        assert "100rel" in first["require"] and int(first["rseq"]) > 0
        # Not acknowledged: it comes again.
        until(lambda: call.count(lambda m: m.status == 183) >= 2, 6, "the 183 again")
        call.to_tag = first.to_tag
        call.telephone.send(call.request("PRACK", headers=(("RAck", f"{first['rseq']} 1 INVITE"),)))
        assert call.wait_status(200, 699, "PRACK").status == 200
        count = call.count(lambda m: m.status == 183)
        time.sleep(1.5)
        assert call.count(lambda m: m.status == 183) == count, "it is still repeated"
        call.telephone.send(call.request("PRACK", headers=(("RAck", "77 1 INVITE"),)))
        assert call.wait_status(400, 699, "PRACK").status == 481
        call.cancel()


def test_session_timers_are_agreed_and_too_small_ones_refused(server):
    with calling(server, "udp", "600", answered=False) as call:
        call.invite(headers=(("Supported", "timer"), ("Session-Expires", "30")))
        refused = call.final()
        assert refused.status == 422 and int(refused["min-se"]) == 90
    with calling(server, "udp", "600", answered=False) as call:
        call.invite(headers=(("Supported", "timer"), ("Session-Expires", "120;refresher=uac")))
        answer = call.final()
        assert answer.status == 200 and re.match(r"120;\s*refresher=uac", answer["session-expires"])
        assert "timer" in answer["require"]
        call.telephone.send(call.request("UPDATE", headers=(("Supported", "timer"), ("Session-Expires", "120;refresher=uac"))))
        assert call.wait_status(200, 699, "UPDATE").status == 200
        assert call.bye().status == 200


# Passwords

def digest(challenge: str, method: str, uri: str, user: str, password: str, count: int = 1) -> str:
    value = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
    make = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[value.get("algorithm", "MD5")]
    h = lambda text: make(text.encode()).hexdigest()
    cnonce = token()
    ha1, ha2 = h(f"{user}:{value['realm']}:{password}"), h(f"{method}:{uri}")
    response = h(f"{ha1}:{value['nonce']}:{count:08x}:{cnonce}:auth:{ha2}")
    return (f'Digest username="{user}", realm="{value["realm"]}", nonce="{value["nonce"]}", uri="{uri}", response="{response}", '
            f'algorithm={value.get("algorithm", "MD5")}, qop=auth, nc={count:08x}, cnonce="{cnonce}"')


GUARDED = ('peers: [192.0.2.1]\nauthentication:\n  unlisted: challenge\n  realm: interop\n'
           '  users: [{user: "1001", password: "correct horse"}]\n'
           'voicemail: {mailboxes: ["1001"], first_pin: "7391"}\n')


@pytest.mark.parametrize("algorithm", ["SHA-256", "MD5"])
def test_who_is_no_peer_proves_himself(own_server, algorithm):
    server = own_server(extra=GUARDED)
    with Telephone(server.endpoint(), "udp", "1001") as telephone:
        call = Call(telephone, "600")
        call.invite()
        asked = call.wait_status(401)
        call.ack(asked)
        challenges = asked.all("www-authenticate")
        assert [("SHA-256" in c, "qop=\"auth\"" in c) for c in challenges] == [(True, True), (False, True)]
        challenge = next(c for c in challenges if f"algorithm={algorithm}" in c)
        call.invite(headers=(("Authorization", digest(challenge, "INVITE", telephone.uri("600"), "1001", "wrong")),))
        assert call.final().status == 401
        good = digest(challenge, "INVITE", telephone.uri("600"), "1001", "correct horse", 2)
        call.invite(headers=(("Authorization", good),))
        call.over = False
        assert call.final().status == 200
        assert call.bye().status == 200
        # The very same once more is a replay.
        replay = telephone.request("INVITE", "600", headers=(("Authorization", good),))
        assert telephone.ask(replay).status == 401
    assert server.stop() == 0
    assert "correct horse" not in server.log.read_text()


def test_by_default_strangers_hear_nothing(own_server):
    server = own_server(extra='peers: [192.0.2.1, "127.0.0.1/32"]\nvoicemail: {mailboxes: ["1001"], first_pin: "7391"}\n')
    raw = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    raw.bind(("127.0.0.2", 0))
    raw.settimeout(1)
    raw.sendto(b"OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2:9;branch=z9hG4bKa;rport\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@c>\r\n"
               b"Call-ID: x@y\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n", server.endpoint())
    with pytest.raises(TimeoutError):
        raw.recvfrom(4096)
    raw.close()


# Lamps and rooms

def subscribe(telephone: Telephone, user: str, event: str, accept: str):
    request = telephone.request("SUBSCRIBE", user, headers=(("Event", event), ("Expires", "600"), ("Accept", accept)))
    since = len(telephone.inbox)
    answer = telephone.ask(request)
    call_id = dict((n.lower(), v) for n, v in request.headers)["call-id"]

    def notify(wanted, what: str):
        found = telephone.wait(lambda m: m.status is None and m.method == "NOTIFY" and m["call-id"] == call_id and wanted(m), 15, what, since)
        telephone.send(telephone.reply(found, "200 OK"))
        return found

    return answer, notify


def answering_notifies(telephone: Telephone):
    """Answers each NOTIFY, as a telephone does."""
    take = telephone._take

    def watched(data, source):
        take(data, source)
        message = telephone.inbox[-1] if telephone.inbox else None
        if message is not None and message.status is None and message.method == "NOTIFY":
            telephone.send(telephone.reply(message, "200 OK"))

    telephone._take = watched


def leave_a_message(call: Call) -> None:
    listener = Listener(call)
    # Nobody else speaks, but a telephone sends all the time.
    call.say(sound.tone(300, 60, -70))
    listener.hears_beep(30)
    listener.wait_said(listener.say(sound.tone(500, 2)))
    assert call.bye().status == 200


def test_the_lamp_follows_the_mailbox(own_server):
    server = own_server()
    with Telephone(server.endpoint(), "udp", "1001") as telephone:
        answering_notifies(telephone)
        answer, notify = subscribe(telephone, "1001", "message-summary", "application/simple-message-summary")
        assert answer.status == 200 and int(answer["expires"]) == 600
        first = notify(lambda m: True, "the first NOTIFY")
        assert b"Messages-Waiting: no" in first.body and "active" in first["subscription-state"]
        with calling(server, "udp", "vm-1001") as call:
            leave_a_message(call)
        lit = notify(lambda m: b"Messages-Waiting: yes" in m.body, "the lamp lit")
        assert b"Voice-Message: 1/0" in lit.body
        assert telephone.ask(telephone.request("SUBSCRIBE", "7777", headers=(("Event", "message-summary"), ("Expires", "60")))).status == 404
        unknown = telephone.ask(telephone.request("SUBSCRIBE", "1001", headers=(("Event", "presence"), ("Expires", "60"))))
        assert unknown.status == 489 and "message-summary" in unknown["allow-events"]


def test_a_lamp_is_lit_unasked_through_the_proxy(own_server):
    with Telephone(("127.0.0.1", 9), "udp", "proxy") as proxy:
        answering_notifies(proxy)
        server = own_server(extra=f'voicemail: {{mailboxes: ["1001"], first_pin: "7391", lamps: "sip:127.0.0.1:{proxy.port}"}}\n')
        proxy.server = server.endpoint()
        with calling(server, "udp", "vm-1001") as call:
            leave_a_message(call)
        lit = proxy.wait(lambda m: m.method == "NOTIFY" and b"Messages-Waiting: yes" in m.body, 15, "the lamp lit")
        assert lit.start == "NOTIFY sip:1001@localhost SIP/2.0" and lit["event"] == "message-summary"
        assert lit["route"] == f"<sip:127.0.0.1:{proxy.port};lr>" and b"Voice-Message: 1/0" in lit.body
        # Nobody is told twice.
        time.sleep(2)
        assert len([m for m in proxy.inbox if m.method == "NOTIFY" and b"yes" in m.body]) == 1


def test_a_room_tells_who_is_in_it(server):
    with Telephone(server.endpoint(), "udp", "watcher") as telephone:
        answering_notifies(telephone)
        room = "3" + str(300 + hash(token()) % 500)
        answer, notify = subscribe(telephone, room, "conference", "application/conference-info+xml")
        assert answer.status == 200
        empty = notify(lambda m: True, "the first NOTIFY")
        assert b'state="full"' in empty.body and b"<active>false</active>" in empty.body
        with calling(server, "udp", room):
            joined = notify(lambda m: b"<user-count>1</user-count>" in m.body, "somebody in the room")
            assert b"sip:2001@" in joined.body
        notify(lambda m: m["cseq"] > joined["cseq"] and b"<active>false</active>" in m.body, "the room empty again")


# Trunks

@pytest.mark.skipif(not kamailio.available, reason="kamailio is not installed (Debian package `kamailio`)")
def test_a_trunk_is_reached_under_its_number_and_leaves_on_stop(own_server, server, folder):
    registrar = kamailio.Kamailio(folder / f"registrar-{token(4)}", [server.port], ring_time=3).start()
    try:
        trunk = own_server(extra=f'trunks:\n  - {{name: pbx, registrar: "sip:127.0.0.1:{registrar.port}", user: "1009", '
                                 'password: trial-1009, contact_user: "600"}\n'
                                 'voicemail: {mailboxes: ["1001"], first_pin: "7391"}\n')

        def state() -> dict:
            return json.loads(antiphon(trunk, "trunk", "list", "--json").stdout)[0]

        until(lambda: state()["state"] == "registered", 20, "the registration", 0.5)
        assert state()["registeredFor"] > 60
        # 1009, dialled at the registrar, is the echo here.
        with calling(registrar, "udp", "1009") as call:
            call.say(sound.tone(620, 3))
            until(lambda: len(call.party.heard().samples) > 2 * 8000, 10, "the echo over the trunk")
            begin, end = sound.loud_part(call.party.heard().samples, -40)
            assert end - begin > 8000
        assert trunk.stop() == 0
        assert "trial-1009" not in trunk.log.read_text()
        assert "state=unregistering" in trunk.log.read_text()
    finally:
        registrar.stop()


# Operations

def test_a_draining_server_says_so(own_server):
    server = own_server()
    with Telephone(server.endpoint()) as telephone:
        assert antiphon(server, "drain").returncode == 0
        answer = telephone.options()
        assert answer.status == 503 and int(answer["retry-after"]) > 0
        call = Call(telephone, "600")
        call.invite()
        assert call.final().status == 503
        assert antiphon(server, "drain", "--undo").returncode == 0
        assert telephone.options().status == 200


def test_the_trace_shows_calls_and_no_secrets(own_server):
    server = own_server()
    with calling(server, "udp", "600") as call:
        secret = call.request("INFO", headers=(("Content-Type", "application/dtmf-relay"), ("Authorization", 'Digest response="abcdef"')))
        secret.headers = [(n, v) if n != "Content-Length" else (n, "10") for n, v in secret.headers]
        secret.body = b"Signal=7\r\n"
        call.telephone.send(secret)
        call.wait_status(200, 200, "INFO")
        assert call.bye().status == 200
        shown = json.loads(antiphon(server, "trace", call.call_id, "--json").stdout)
    starts = [message["text"].split("\n")[0] for message in shown]
    assert starts[0].startswith("INVITE ") and "SIP/2.0 200 OK" in starts and any(s.startswith("BYE ") for s in starts)
    assert "Signal=7" not in str(shown) and "abcdef" not in str(shown)
    ladder = antiphon(server, "trace").stdout
    assert "►" in ladder and "◄" in ladder and call.call_id in ladder


# TLS

@pytest.fixture
def certificate(folder):
    """A key and a certificate for localhost, signed by itself."""
    place = folder / f"tls-{token(6)}"
    place.mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,URI:sip:localhost", "-keyout", place / "key.pem", "-out",
                    place / "cert.pem"], check=True, capture_output=True)
    return place


def test_options_over_tls(own_server, certificate):
    port = free_port()
    server = own_server(extra='voicemail: {mailboxes: ["1001"], first_pin: "7391"}\n', tls=(port, certificate))
    context = ssl.create_default_context(cafile=certificate / "cert.pem")
    with socket.create_connection(("127.0.0.1", port), 5) as plain, context.wrap_socket(plain, server_hostname="localhost") as secure:
        secure.sendall(b"OPTIONS sip:localhost SIP/2.0\r\nVia: SIP/2.0/TLS localhost;branch=z9hG4bKt\r\nFrom: <sip:a@b>;tag=1\r\n"
                       b"To: <sip:b@c>\r\nCall-ID: t@y\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
        answer = parse(secure.recv(65536), time.monotonic(), ("127.0.0.1", port))
        assert answer.status == 200 and "transport=tls" in answer["contact"] and secure.version() in ("TLSv1.2", "TLSv1.3")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", port), 5) as plain, pytest.raises((ssl.SSLError, ConnectionError)):
        old.wrap_socket(plain)
    assert server.alive


def test_renewed_certificates_are_taken_up(own_server, certificate):
    port = free_port()
    server = own_server(extra='voicemail: {mailboxes: ["1001"], first_pin: "7391"}\n', tls=(port, certificate))

    def shown() -> bytes:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", port), 5) as plain, context.wrap_socket(plain) as secure:
            return secure.getpeercert(binary_form=True)

    before = shown()
    (certificate / "cert.pem").write_text("this is no certificate")
    server.process.send_signal(signal.SIGHUP)
    until(lambda: "TLS files are not used" in server.log.read_text(), 5, "the bad file told")
    assert shown() == before
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    "/CN=renewed", "-keyout", certificate / "key.pem", "-out", certificate / "cert.pem"], check=True, capture_output=True)
    server.process.send_signal(signal.SIGHUP)
    until(lambda: shown() != before, 5, "the renewed certificate")


# Taking a caller's place

def test_another_telephone_takes_the_callers_place(server):
    with calling(server, "udp", "600") as first, Telephone(server.endpoint(), "udp", "2002") as telephone:
        second = Call(telephone, "600")
        replaces = f"{first.call_id};to-tag={first.to_tag};from-tag={first.tag}"
        second.invite(headers=(("Require", "replaces"), ("Replaces", replaces)))
        assert second.final().status == 200
        first.wait_request("BYE", 5)
        first.over = True
        second.say(sound.tone(620, 3))
        until(lambda: len(second.party.heard().samples) > 2 * 8000, 10, "the echo at the second telephone")
        begin, end = sound.loud_part(second.party.heard().samples, -40)
        assert end - begin > 8000
        assert second.bye().status == 200
        stray = Call(telephone, "600")
        stray.invite(headers=(("Replaces", replaces),))
        assert stray.final().status == 481


# What an offer leads to

def test_sdp_explain(tmp_path):
    path = tmp_path / "offer.sdp"
    path.write_text("v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=video 5000 RTP/AVP 96\na=rtpmap:96 VP8/90000\n"
                    "m=audio 4000 RTP/AVP 18 8 101\na=rtpmap:101 telephone-event/8000\na=sendonly\n")
    done = subprocess.run([str(executable()), "sdp", "explain", str(path)], capture_output=True, text=True, timeout=30, cwd=REPOSITORY)
    assert done.returncode == 0 and "PCMA" in done.stdout and "video" in done.stdout, done.stdout + done.stderr
    path.write_text("m=audio\n")
    assert subprocess.run([str(executable()), "sdp", "explain", str(path)], capture_output=True, timeout=30, cwd=REPOSITORY).returncode == 1
