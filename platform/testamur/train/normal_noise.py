"""Normal noise in float32 from secret bits, by the inverse of the distribution function.

A word of 32 bits chooses one of 2**32 stretches of equal probability. Far out, where a stretch is wider than
what float32 tells apart, another 32 bits choose the place within it and all is computed in float64: the
noise ends at 9.1 standard deviations, and not at 5.4 as the function's float32 alone would.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
import torch
from numpy.typing import NDArray

from testamur.train.keystream import MOST_WORDS, Keystream

MADE_OF = (
    "aes-256-ctr"  # changes whenever the same secret would give other noise: checkpoints are bound to it
)
_HALF = 2.0**31  # words, as signed numbers from -2**31 to 2**31, stand for -1 to 1
_FAR = 1 - 2.0**-6  # beyond 2.4 standard deviations


def fill_normal(out: NDArray[np.float32], stream: Keystream, *, deviation: float) -> None:
    """Write independent normal numbers of mean 0 into (n,) `out`.

    Args:
        out: Is written over.
        stream: Where the bits come from.
        deviation: Standard deviation.
    """
    for begin in range(0, len(out), MOST_WORDS):
        piece = out[begin : begin + MOST_WORDS]
        words = stream.words(len(piece)).view("<i4")
        np.copyto(piece, words, casting="unsafe")
        piece *= np.float32(1 / _HALF)
        far = np.flatnonzero(np.abs(piece) > _FAR)
        at = words[far].astype(np.float64)
        torch.erfinv(torch.from_numpy(piece), out=torch.from_numpy(piece))  # P(Z < z) = (1 + erf(z/sqrt 2))/2
        piece *= np.float32(sqrt(2) * deviation)
        piece[far] = far_out(at, stream.words(len(far))) * deviation


def far_out(words: NDArray[np.float64], within: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Normal numbers (n,) by the probability beyond them.

    Args:
        words: (n,) stretches, from -2**31.
        within: (n,) places in the stretch, from 0 to 2**32.
    """
    place = (within + 0.5) / (2 * _HALF)
    left = np.where(words < 0, _HALF + words + place, _HALF - words - place)  # exact where it is small
    size = torch.special.ndtri(torch.from_numpy(left / (2 * _HALF))).numpy()
    found: NDArray[np.float64] = np.copysign(size, words)
    return found
