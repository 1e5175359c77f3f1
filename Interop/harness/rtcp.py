"""RTCP reports read strictly (RFC 3550 section 6)."""

import struct
from dataclasses import dataclass


@dataclass
class Report:
    kind: str            # SR or RR
    ssrc: int
    packets: int | None  # SR: packets sent so far
    octets: int | None
    rtp_timestamp: int | None
    ntp: float | None
    blocks: list[dict]
    cname: str | None = None


def parse_rtcp(data: bytes) -> list[Report]:
    """The reports of a compound packet (RFC 3550 section 6); raises ValueError where it is not well formed."""
    at, result, first = 0, [], True
    while at < len(data):
        if len(data) - at < 4 or data[at] >> 6 != 2:
            raise ValueError(f"no RTCP header at byte {at}")
        count, kind, words = data[at] & 31, data[at + 1], struct.unpack_from("!H", data, at + 2)[0]
        end = at + 4 * (words + 1)
        if end > len(data):
            raise ValueError("RTCP length beyond the packet")
        if first and kind not in (200, 201):
            raise ValueError("a compound packet begins with SR or RR (RFC 3550 section 6.1)")
        first = False
        if kind in (200, 201):
            ssrc = struct.unpack_from("!I", data, at + 4)[0]
            body = at + 8
            packets = octets = stamp = ntp = None
            if kind == 200:
                seconds, fraction, stamp, packets, octets = struct.unpack_from("!IIIII", data, body)
                ntp = seconds + fraction / 2**32
                body += 20
            blocks = []
            for index in range(count):
                who, lost, highest, jitter, lsr, dlsr = struct.unpack_from("!IIIIII", data, body + 24 * index)
                total = lost & 0xFFFFFF
                blocks.append(dict(ssrc=who, fraction=lost >> 24, lost=total - (1 << 24) if total & 0x800000 else total, highest=highest,
                                   jitter=jitter, lsr=lsr, dlsr=dlsr))
            result.append(Report("SR" if kind == 200 else "RR", ssrc, packets, octets, stamp, ntp, blocks))
        elif kind == 202 and result and end - at > 10 and data[at + 8] == 1:
            result[-1].cname = data[at + 10 : at + 10 + data[at + 9]].decode("utf-8", "replace")
        at = end
    return result
