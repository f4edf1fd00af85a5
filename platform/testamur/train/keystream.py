"""Secret random numbers that can be drawn again: AES-256 in counter mode.

What a key and a number give is told apart from coin flips by nobody who does not know the key (NIST
SP 800-38A, 6.5; Bellare et al., FOCS 1997), and is the same whenever it is asked for. With the AES
instructions that processors have it costs less than numpy's fastest generator.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST_WORDS = 1 << 17  # that are made together


class Keystream:
    """Streams of random bits that a secret key gives.

    Args:
        key: (8,) secret words of 32 bits.
    """

    def __init__(self, key: Sequence[int]) -> None:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        secret = b"".join(word.to_bytes(4, "big") for word in key)
        self._cipher = Cipher(algorithms.AES256(secret), modes.CTR(bytes(16))).encryptor()
        self._zeros = memoryview(bytes(4 * MOST_WORDS))
        self._made = bytearray(4 * MOST_WORDS + 15)  # a block more than is asked for, as the interface wants

    def begin(self, number: int) -> None:
        """Go to the beginning of a stream, of which there are 2**64 of 2**64 blocks each."""
        self._cipher.reset_nonce((number << 64).to_bytes(16, "big"))

    def words(self, n: int) -> NDArray[np.uint32]:
        """(n,) next words of 32 bits; at most `MOST_WORDS`, and good until the next call.

        Their bytes stand from the least to the greatest on any machine, so that all machines make the same.
        """
        if n > MOST_WORDS:
            raise ValueError(f"at most {MOST_WORDS:,} words are made together, however: {n:,} are asked for")
        self._cipher.update_into(self._zeros[: 4 * n], self._made)
        return np.frombuffer(self._made, "<u4", n)

    def generator(self) -> np.random.Generator:
        """Numbers of numpy's SFC64, its seed the next 256 bits: for draws that numpy has a way for."""
        return np.random.Generator(np.random.SFC64(self.words(8).tolist()))
