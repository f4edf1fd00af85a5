"""Where the steps ahead of a forecast lie in the day, the week and the year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

DAY_S, WEEK_S, YEAR_S = 86_400.0, 604_800.0, 31_556_952.0  # the year is the mean one of the calendar
HARMONICS = {"day": 3, "week": 3, "year": 2}
FEWEST_YEARS = 2.0  # of training: within less the place in the year is but the number of a day


@dataclass(frozen=True, slots=True)
class Calendar:
    """Waves whose phase is the place in a cycle of the calendar.

    Attributes:
        kind: Of the step: "seconds" or "months".
        step: Length of a step in that unit.
        waves: Cycle ("day", "week", "year") and harmonic of each pair of sine and cosine.
    """

    kind: str
    step: float
    waves: tuple[tuple[str, int], ...]

    @property
    def width(self) -> int:
        """Numbers per step."""
        return 2 * len(self.waves)

    def ahead(self, last: np.ndarray, horizon: int) -> np.ndarray:
        """(n, horizon, width) float32 sines and cosines of the steps that follow these moments.

        Args:
            last: (n,) seconds since 1970 UTC of the last known step.
            horizon: Steps ahead.
        """
        steps = np.arange(1, horizon + 1) * self.step
        if self.kind == "months":
            months = last.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
            phase = {"year": (months[:, None] + steps) / 12}
        else:
            moment = last[:, None] + steps
            phase = {"day": moment / DAY_S, "week": moment / WEEK_S, "year": moment / YEAR_S}
        turned = [2 * np.pi * ((phase[cycle] * harmonic) % 1.0) for cycle, harmonic in self.waves]
        pairs = [wave(turn) for turn in turned for wave in (np.sin, np.cos)]
        told: np.ndarray = np.stack(pairs, axis=2).astype(np.float32)
        return told


def plan_calendar(grid: Mapping[str, Any], time: np.ndarray, stop: np.ndarray) -> Calendar | None:
    """The waves that steps of such a length have, of cycles that the training time holds; None without any.

    Args:
        grid: Kind and step, as `data.windows` describes them.
        time: (T,) moments of the log.
        stop: (n,) where training windows end.
    """
    kind, step = str(grid["kind"]), float(grid["step"])
    seconds = {"seconds": step, "months": step * YEAR_S / 12}.get(kind, 0.0)
    if not seconds or not stop.size:
        return None
    lengths = {"day": DAY_S, "week": WEEK_S, "year": YEAR_S} if kind == "seconds" else {"year": YEAR_S}
    years = (time[stop - 1].max() - time.min()) / YEAR_S
    waves = [
        (cycle, harmonic)
        for cycle, length in lengths.items()
        if cycle != "year" or years >= FEWEST_YEARS
        for harmonic in range(1, HARMONICS[cycle] + 1)
        if length / harmonic >= 2 * seconds - 1e-6
    ]
    return Calendar(kind, step, tuple(waves)) if waves else None


def read_calendar(tree: Mapping[str, Any] | None) -> Calendar | None:
    """From `dataclasses.asdict`, read back from JSON."""
    if tree is None:
        return None
    waves = tuple((str(cycle), int(harmonic)) for cycle, harmonic in tree["waves"])
    return Calendar(str(tree["kind"]), float(tree["step"]), waves)
