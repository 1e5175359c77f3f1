"""What the server itself says of the packets that came to it, where it says so."""

import struct


def discarded(reports: list[bytes]) -> float | None:
    """The last discard rate in VoIP metrics (RFC 3611 §4.7): the share of packets that came too late or too early to be played."""
    last = None
    for report in reports:
        at = 0
        while at + 8 <= len(report):
            kind, length = report[at + 1], 4 * (struct.unpack_from("!H", report, at + 2)[0] + 1)
            if kind == 207:
                block, end = at + 8, min(at + length, len(report))
                while block + 4 <= end:
                    words = struct.unpack_from("!H", report, block + 2)[0]
                    # Type 7, the SSRC, then loss rate and discard rate in 256ths.
                    if report[block] == 7 and block + 10 <= end:
                        last = report[block + 9] / 256
                    block += 4 * (words + 1)
            at += length
    return last
