"""Finds the sentences of an RFC that demand something, section by section."""

import re
from pathlib import Path

# RFC 2119 §1 and §2. SHOULD and MAY leave a choice and are not counted.
DEMAND = re.compile(r"\b(MUST|SHALL|REQUIRED)\b")

PAGE_EDGE = re.compile(r"^(?:\f.*|.*\[Page \d+\]|RFC \d{4} {2,}.*\d{4})$")
HEADING = re.compile(r"^(?:Appendix )?(\d+(?:\.\d+)*|[A-Z](?:\.\d+)*)\.? {1,3}(\S.*)$")
SENTENCE_END = re.compile(r"(?<=[.!?])[\"')]* +(?=[\"'(]*[A-Z0-9])")
# A full stop that ends no sentence.
ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|vs|cf|al|Sec|[A-Z])\.$")


def paragraphs(lines: list[str]):
    """The sections' texts: pairs of section number and paragraph, page edges taken out."""
    section, words, cut = "", [], False
    for line in lines:
        line = line.rstrip("\n")
        if PAGE_EDGE.match(line):
            # A paragraph that a page edge cuts in two goes on behind it.
            cut = True
            continue
        if not line.strip():
            if words and not cut and not continues(words):
                yield section, " ".join(words)
                words = []
            continue
        heading = HEADING.match(line)
        if heading and not line.endswith(".") and not re.search(r"\.{4}|\. \. ", line):
            if words:
                yield section, " ".join(words)
            section, words, cut = heading.group(1), [], False
            continue
        if cut and words and not continues(words, line):
            yield section, " ".join(words)
            words = []
        cut = False
        words.append(line.strip())
    if words:
        yield section, " ".join(words)


def continues(words: list[str], following: str | None = None) -> bool:
    """Whether the text before a blank line or page edge is an unfinished sentence."""
    if following is None:
        return False
    return not re.search(r"[.:!?][\"')]*$", words[-1]) and bool(re.match(r" *[a-z(<\"A-Z]", following))


def sentences(paragraph: str) -> list[str]:
    found, start = [], 0
    for end in SENTENCE_END.finditer(paragraph):
        if ABBREVIATION.search(paragraph[start : end.start()]):
            continue
        found.append(paragraph[start : end.start()])
        start = end.end()
    return found + [paragraph[start:]]


def demands(path: Path) -> dict[str, list[str]]:
    """The demanding sentences of each section that has one, in their order."""
    found: dict[str, list[str]] = {}
    for section, paragraph in paragraphs(path.read_text(encoding="latin-1").splitlines()):
        for sentence in sentences(paragraph):
            if DEMAND.search(sentence):
                found.setdefault(section, []).append(sentence)
    return found
