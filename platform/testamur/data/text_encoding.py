"""Turns the bytes of a text file into UTF-8, with the encoding given or found out."""

from __future__ import annotations

import codecs
import re

from testamur.contracts.errors import DataError, Problem
from testamur.data.wording import shown

# The longer marks come first: the UTF-32 mark begins with the UTF-16 one.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE_BYTES = 1 << 20
# In GB text nearly every run of high bytes holds whole pairs; in Latin text most high bytes stand alone.
PAIRED_SHARE = 0.9


def to_utf8(content: bytes, encoding: str | None, *, where: str) -> tuple[bytes, str, list[str]]:
    """Decode a text file.

    Args:
        content: The bytes of the file.
        encoding: Any Python codec name, or None to find it out.
        where: Name of the file, for messages.

    Returns:
        The text as UTF-8 without a byte order mark, the encoding, and notes.

    Raises:
        DataError: The encoding is unknown, or does not fit: with byte offset and line, without content.
    """
    found = encoding is None
    name = _known_codec(encoding, where) if encoding else _find_out(content)
    text = _decode(content, name, where)
    if "\x00" in text:
        raise _refusal(
            where,
            f"text is required, however: a zero byte at character {text.index(chr(0))} (read as {name})",
            "is it a binary file, or encoding = 'utf-16'?",
        )
    plain = name in ("utf-8", "ascii")
    notes = [] if plain or not found else [f"the encoding was found out: {name}"]
    return (content.removeprefix(codecs.BOM_UTF8) if plain else _marked_off(text)), name, notes


def _marked_off(text: str) -> bytes:
    return text.removeprefix("\ufeff").encode("utf-8")


def _known_codec(encoding: str, where: str) -> str:
    from testamur.hooks.suggest import did_you_mean

    try:
        "a".encode(encoding)  # refuses codecs that are no text encodings, such as base64
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        known = (
            "utf-8",
            "utf-8-sig",
            "utf-16",
            "gb18030",
            "latin-1",
            "cp1252",
            "shift_jis",
            "big5",
            "euc-kr",
        )
        remedy = did_you_mean(encoding, known, what="encoding")
        raise _refusal(where, f"a text encoding is required, however: {shown(encoding)!r}", remedy) from None
    return name


def _find_out(content: bytes) -> str:
    """The encoding that the bytes speak for; cp1252 or latin-1 when nothing else fits."""
    for mark, name in MARKS:
        if content.startswith(mark):
            return name
    sample = content[:SAMPLE_BYTES]
    if sample[1::2].count(0) > len(sample) // 4:
        return "utf-16-le"
    if sample[0::2].count(0) > len(sample) // 4:
        return "utf-16-be"
    if _decodes(content, "utf-8"):
        return "utf-8"
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", sample)]
    in_pairs = sum(n for n in runs if n % 2 == 0)
    if in_pairs >= PAIRED_SHARE * sum(runs) and _decodes(content, "gb18030"):
        return "gb18030"
    return "cp1252" if _decodes(content, "cp1252") else "latin-1"


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _decode(content: bytes, encoding: str, where: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeError as error:
        offset = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = content.count(b"\n", 0, offset) + 1
        message = f"text in {encoding} is required, however: byte {offset} (line {line}) is not"
        remedy = (
            "leave encoding out to have it found out, or name another, such as gb18030, latin-1 or utf-16"
        )
    raise _refusal(where, message, remedy)


def _refusal(where: str, message: str, remedy: str) -> DataError:
    return DataError("The data cannot be read", [Problem(where, message, remedy)])
