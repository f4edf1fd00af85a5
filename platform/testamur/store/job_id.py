"""Job ids: 12 characters that sort by time and are safe in paths, URLs and broker keys.

Eight characters count ticks of 4 ms since 2025 (enough for 139 years), four are random. The
alphabet is Crockford's base 32 in lower case, whose order is that of its digits.
"""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime

from testamur.contracts.errors import NotFound

LENGTH = 12
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
_TICK_MS = 4
_PREFIX = re.compile(r"[0-9a-z]{1,12}", re.ASCII)


def new_job_id(now: datetime) -> str:
    """Make an id for a job that is created at `now`."""
    ticks = int((now - _EPOCH).total_seconds() * 1000) // _TICK_MS % 2**40
    return _encode((ticks << 20) | secrets.randbits(20))


def check_job_id(text: str) -> str:
    """Return `text` where it has the form of a whole job id.

    Raises:
        NotFound: It has not, and so names no job and must not reach a path.
    """
    if len(text) != LENGTH:
        raise _not_a_job(text)
    return check_prefix(text)


def check_prefix(text: str) -> str:
    """Return `text` where it has the form of the beginning of a job id.

    Raises:
        NotFound: It has not.
    """
    if not _PREFIX.fullmatch(text):
        raise _not_a_job(text)
    return text


def _not_a_job(text: str) -> NotFound:
    return NotFound(
        f"a job id is 12 lower-case letters and digits, however: {text[:40]!r}",
        remedy="see the ids with: testamur job list",
    )


def _encode(number: int) -> str:
    digits = []
    for _ in range(LENGTH):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
