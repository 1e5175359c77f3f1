"""Requests outside of calls, unusual ways to write them, and what is refused."""

import pytest

from harness.message import Message, parameter
from harness.telephone import Telephone, token


@pytest.fixture
def telephone(server, transport):
    with Telephone(server.endpoint(), transport) as telephone:
        yield telephone


def test_options_says_what_the_server_can(telephone):
    response = telephone.options()
    assert response.status == 200
    allowed = {method.strip() for method in response["allow"].split(",")}
    assert {"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS"} <= allowed
    assert response.to_tag


def test_a_request_in_an_unknown_dialog_is_481(telephone):
    for method in ("BYE", "INVITE", "OPTIONS"):
        assert telephone.ask(telephone.request(method, "600", to_tag="nobody")).status == 481, method


def test_an_unknown_method_is_405_with_allow(telephone):
    for method in ("FOO", "MESSAGE", "PUBLISH"):
        response = telephone.ask(telephone.request(method, "600"))
        assert response.status == 405, method
        assert "INVITE" in response["allow"] and method not in response["allow"]


def test_a_required_extension_is_420(telephone):
    response = telephone.ask(telephone.request("OPTIONS", headers=(("Require", "teleportation, foo"),)))
    assert response.status == 420
    assert {"teleportation", "foo"} == {name.strip() for name in ",".join(response.all("unsupported")).split(",")}


def test_max_forwards_0_is_483(telephone):
    assert telephone.ask(telephone.request("OPTIONS", headers=(("Max-Forwards", "0"),))).status == 483
    assert telephone.ask(telephone.request("INVITE", "600", headers=(("Max-Forwards", "0"),))).status == 483


def test_an_unknown_scheme_is_416(telephone):
    request = telephone.request("INVITE", "600")
    request.start = "INVITE nobodyknows:600 SIP/2.0"
    assert telephone.ask(request).status == 416


def test_another_version_is_505(telephone):
    request = telephone.request("OPTIONS")
    request.start = request.start.replace("SIP/2.0", "SIP/7.0")
    assert telephone.ask(request).status == 505


def test_compact_and_folded_headers(telephone):
    call_id = token()
    raw = (f"OPTIONS {telephone.uri('600')} SIP/2.0\r\n"
           f"v:  SIP / 2.0 / {telephone.transport.upper()}\r\n  {telephone.host}:{telephone.port}\r\n\t;branch=z9hG4bK{token()};rport\r\n"
           f"f: \"A, \\\"quoted\\\" name\"\r\n <sip:a%20b@127.0.0.1>;\r\n tag = {token()}\r\n"
           f"T: <sip:600@127.0.0.1>\r\ni: {call_id}\r\ncSEQ:\r\n 7\t  OPTIONS\r\nMAX-FORWARDS:70\r\n"
           f"m: <sip:{telephone.host}:{telephone.port}>\r\nL : 0\r\n\r\n")
    telephone.send(raw.encode())
    response = telephone.wait(lambda m: (m.status or 0) >= 200 and m["call-id"] == call_id)
    assert response.status == 200
    assert response.cseq == (7, "OPTIONS")


def test_the_response_goes_to_where_the_request_came_from(telephone):
    """RFC 3581: rport and received are filled in, all other Vias stay as they were."""
    branch = "z9hG4bK" + token()
    top = f"SIP/2.0/{telephone.transport.upper()} client.invalid:5060;branch={branch};rport"
    second = "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKold;received=192.0.2.8"
    request = telephone.request("OPTIONS", headers=(("Via", top), ("Via", second)), without=("Via",))
    request.headers.sort(key=lambda pair: pair[0] != "Via")
    response = telephone.ask(request)
    vias = [via.strip() for value in response.all("via") for via in value.split(",")]
    assert vias[1] == second
    assert parameter(vias[0], "received") == "127.0.0.1"
    assert parameter(vias[0], "rport") == str(telephone.port)
    assert parameter(vias[0], "branch") == branch


def test_a_repeated_options_is_answered_alike(server):
    with Telephone(server.endpoint(), "udp") as telephone:
        request = telephone.request("OPTIONS")
        first, _ = telephone.ask(request), telephone.ask(request)
        same = [m for m in telephone.inbox if m["call-id"] == first["call-id"]]
        assert len({m.to_tag for m in same}) == 1, "a repeated request belongs to the same transaction"


def test_a_stray_ack_and_stray_responses_are_dropped(telephone, server):
    telephone.send(telephone.request("ACK", "600", to_tag="nobody"))
    stray = Message("SIP/2.0 200 OK", [("Via", telephone.via()), ("From", "<sip:a@b>;tag=1"), ("To", "<sip:c@d>;tag=2"),
                                       ("Call-ID", token()), ("CSeq", "1 INVITE"), ("Content-Length", "0")])
    telephone.send(stray)
    count = len(telephone.inbox)
    assert telephone.options().status == 200
    assert len(telephone.inbox) == count + 1


def head(telephone, **changes) -> dict:
    fields = {"Via": telephone.via(), "Max-Forwards": "70", "From": f"<sip:a@127.0.0.1>;tag={token()}", "To": "<sip:600@127.0.0.1>",
              "Call-ID": token() + "@bad", "CSeq": "1 OPTIONS", "Content-Length": "0"}
    fields.update({name.replace("_", "-"): value for name, value in changes.items()})
    return {name: value for name, value in fields.items() if value is not None}


# What is wrong, and whether 400 can be said (all that a response needs can be read).
WRONG = {
    "method differs from CSeq": (dict(CSeq="1 INVITE"), True),
    "CSeq without a number": (dict(CSeq="OPTIONS"), False),
    "CSeq beyond 32 bits": (dict(CSeq="4294967296 OPTIONS"), True),
    "CSeq of a hundred digits": (dict(CSeq="9" * 100 + " OPTIONS"), True),
    "negative Content-Length": (dict(Content_Length="-7"), None),
    "Content-Length of words": (dict(Content_Length="many"), None),
    "Content-Length overflow": (dict(Content_Length="99999999999999999999"), None),
    "no Max-Forwards number": (dict(Max_Forwards="lots"), True),
    "From without closing bracket": (dict(From="<sip:a@127.0.0.1;tag=x"), None),
    "no Call-ID": (dict(Call_ID=None), None),
    "no From": (dict(From=None), None),
    "no To": (dict(To=None), None),
    "no Via": (dict(Via=None), None),
    "no CSeq": (dict(CSeq=None), None),
    "empty Via": (dict(Via=""), None),
    "Via port beyond 65535": (dict(Via="SIP/2.0/UDP 127.0.0.1:99999;branch=z9hG4bKx"), None),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_malformed_request_is_400_or_dropped(server, transport, what):
    changes, answerable = WRONG[what]
    with Telephone(server.endpoint(), transport) as telephone:
        fields = head(telephone, **changes)
        text = f"OPTIONS {telephone.uri('600')} SIP/2.0\r\n" + "".join(f"{n}: {v}\r\n" for n, v in fields.items()) + "\r\n"
        telephone.send(text.encode())
        response = telephone.look(lambda m: m.status is not None, 3 if answerable else 0.4)
        if response:
            assert 400 <= response.status < 600, response.start
        elif answerable and transport == "udp":
            raise AssertionError("no 400 although every header that a response needs can be read")
    server.assert_alive()
