"""SIP messages as text: just enough to build what a test wants, also what is wrong on purpose."""

from dataclasses import dataclass, field

COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "c": "content-type", "l": "content-length",
           "k": "supported", "s": "subject", "e": "content-encoding"}


@dataclass
class Message:
    start: str
    headers: list[tuple[str, str]]
    body: bytes = b""
    at: float = 0.0
    source: tuple = ()
    raw: bytes = field(default=b"", repr=False)

    @property
    def status(self) -> int | None:
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else None

    @property
    def method(self) -> str:
        return self.start.split()[0] if self.status is None else self.cseq[1]

    @property
    def cseq(self) -> tuple[int, str]:
        number, method = self["cseq"].split()
        return int(number), method

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name.lower()]

    def __getitem__(self, name: str) -> str:
        values = self.all(name)
        if not values:
            raise AssertionError(f"{self.start!r} has no {name} header")
        return values[0]

    def get(self, name: str, default: str = "") -> str:
        values = self.all(name)
        return values[0] if values else default

    @property
    def to_tag(self) -> str:
        return parameter(self["to"], "tag")

    def encode(self) -> bytes:
        lines = [self.start] + [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


def parameter(value: str, name: str) -> str:
    tail = value[value.rfind(">") + 1 :]
    for part in tail.split(";"):
        key, _, content = part.strip().partition("=")
        if key.lower() == name:
            return content
    return ""


def uri_of(value: str) -> str:
    return value[value.index("<") + 1 : value.index(">")] if "<" in value else value.split(";")[0].strip()


def split_list(values: list[str]) -> list[str]:
    """Header lists with commas outside of <> and quotes, as one flat list."""
    result = []
    for value in values:
        piece, depth, quoted = "", 0, False
        for character in value:
            quoted ^= character == '"'
            depth += (character == "<") - (character == ">")
            if character == "," and depth == 0 and not quoted:
                result.append(piece.strip())
                piece = ""
            else:
                piece += character
        result.append(piece.strip())
    return [piece for piece in result if piece]


def parse(data: bytes, at: float = 0.0, source: tuple = ()) -> Message:
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "replace").split("\r\n")
    headers: list[tuple[str, str]] = []
    for line in lines[1:]:
        if line[:1] in " \t" and headers:
            headers[-1] = (headers[-1][0], headers[-1][1] + " " + line.strip())
            continue
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f"the server sent the header line {line!r}")
        name = name.strip().lower()
        headers.append((COMPACT.get(name, name), value.strip()))
    return Message(lines[0], headers, body, at, source, data)


@dataclass
class SDP:
    """The lines of a session description that tests look at."""
    text: str

    @property
    def media(self) -> list[tuple[str, int, str, list[str]]]:
        return [(kind, int(port), proto, formats)
                for kind, port, proto, *formats in (line[2:].split() for line in self.text.splitlines() if line.startswith("m="))]

    @property
    def sections(self) -> list[list[str]]:
        result: list[list[str]] = [[]]
        for line in self.text.splitlines():
            if line.startswith("m="):
                result.append([])
            result[-1].append(line)
        return result

    @property
    def address(self) -> str:
        for lines in (self.sections[1] if len(self.sections) > 1 else [], self.sections[0]):
            for line in lines:
                if line.startswith("c="):
                    return line.split()[2]
        raise AssertionError("no c= line")

    @property
    def port(self) -> int:
        return next(port for kind, port, _, _ in self.media if kind == "audio")

    def direction(self, index: int = 0) -> str:
        for lines in (self.sections[index + 1], self.sections[0]):
            for line in lines:
                if line in ("a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"):
                    return line[2:]
        return "sendrecv"

    def has(self, line: str) -> bool:
        return line in self.text.splitlines()

    def origin(self) -> tuple[str, int]:
        """(session id, version) of the o= line."""
        parts = next(line for line in self.text.splitlines() if line.startswith("o=")).split()
        return parts[1], int(parts[2])


def offer(port: int, formats: str = "0 8 101", event_type: int = 101, ptime: int | None = 20, direction: str = "sendrecv",
          version: int = 1, address: str = "127.0.0.1", before: str = "", extra: str = "") -> bytes:
    lines = ["v=0", f"o=- 4711 {version} IN IP4 127.0.0.1", "s=-", f"c=IN IP4 {address}", "t=0 0"]
    if before:
        lines += before.splitlines()
    lines.append(f"m=audio {port} RTP/AVP {formats}")
    names = {"0": "PCMU/8000", "8": "PCMA/8000", "3": "GSM/8000", "9": "G722/8000", "18": "G729/8000", "98": "iLBC/8000"}
    for number in formats.split():
        if number == str(event_type):
            lines += [f"a=rtpmap:{number} telephone-event/8000", f"a=fmtp:{number} 0-15"]
        elif number in names:
            lines.append(f"a=rtpmap:{number} {names[number]}")
    if ptime:
        lines.append(f"a=ptime:{ptime}")
    lines.append(f"a={direction}")
    if extra:
        lines += extra.splitlines()
    return ("\r\n".join(lines) + "\r\n").encode()
