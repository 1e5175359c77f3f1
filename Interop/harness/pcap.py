"""Writes RTP as a pcap file, which is how sipp is given sound and digits to play."""

import struct
from pathlib import Path

from .rtp import Packet


def write_pcap(path: Path, packets: list[Packet]) -> None:
    """Ethernet, IPv4 and UDP around each packet; sipp puts in its own addresses and ports and takes only the times and payloads."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for packet in packets:
            rtp = packet.encode()
            udp = struct.pack("!HHHH", 10000, 20000, 8 + len(rtp), 0) + rtp
            ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes([127, 0, 0, 1]), bytes([127, 0, 0, 1]))
            frame = bytes(12) + b"\x08\x00" + ip + udp
            seconds = int(packet.at)
            file.write(struct.pack("<IIII", 1000000000 + seconds, int((packet.at - seconds) * 1e6), len(frame), len(frame)) + frame)
