"""Takes secrets out of what is written down: values of secret variables, passwords in URLs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from testamur.contracts.secrets import STARS, mask_secrets

_SECRET_NAME = re.compile(
    r"PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE|CREDENTIAL|_URL$", re.IGNORECASE
)
_SHORTEST = 6  # a shorter value would hide ordinary words


class Scrubber:
    """Replaces the secrets of one environment.

    Args:
        environ: Variables, the secret ones among them.
        named: Names that are secret whatever they are called, such as those a job uses for a URL.
    """

    def __init__(self, environ: Mapping[str, str], *, named: tuple[str, ...] = ()) -> None:
        secret = {
            value
            for name, value in environ.items()
            if len(value) >= _SHORTEST and (name in named or _SECRET_NAME.search(name))
        }
        words = "|".join(re.escape(value) for value in sorted(secret, key=len, reverse=True))
        self._values = re.compile(words) if words else None

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        if self._values is not None:
            text = self._values.sub(STARS, text)
        return mask_secrets(text)
