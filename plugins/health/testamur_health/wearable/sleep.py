"""Sleep by night and stage: one source a night, each moment once."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from testamur_health.wearable.kinds import ASLEEP, AWAKE, CORE, DEEP, IN_BED, REM, STAGES
from testamur_health.wearable.log import Readings

NIGHT_ENDS_S = 18 * 3600  # a night runs from 18:00 to 18:00 and is named by the day on which it ends
# Where records of one source overlap, the more telling stage counts.
TELLING = {DEEP: 5, REM: 4, CORE: 3, ASLEEP: 2, AWAKE: 1, IN_BED: 0}
STAGED = frozenset({DEEP, REM, CORE})


def sleep_by_night(readings: Readings) -> dict[int, dict[str, float]]:
    """Hours of each stage by night.

    Of several sources the one with stages counts, then the one with more time asleep, then the first.

    Args:
        readings: Sleep records, by start.

    Returns:
        Day (days since 1970) on which the night ends -> hours by name of the stage, and ``sleep``: the
        hours asleep, whatever the stage.
    """
    nights: dict[int, dict[int, list[tuple[int, int, int]]]] = defaultdict(lambda: defaultdict(list))
    middle = readings.local + (readings.end - readings.start) // 2
    night = (middle + 86400 - NIGHT_ENDS_S) // 86400
    rows = zip(
        night.tolist(),
        readings.source.tolist(),
        readings.start.tolist(),
        readings.end.tolist(),
        readings.value.astype(int).tolist(),
        strict=True,
    )
    for of_night, source, start, end, stage in rows:
        nights[of_night][source].append((start, end, stage))
    return {of_night: _best(sources) for of_night, sources in nights.items()}


def _best(sources: dict[int, list[tuple[int, int, int]]]) -> dict[str, float]:
    told = [(_hours(records), source) for source, records in sources.items()]

    def rank(item: tuple[dict[str, float], int]) -> tuple[bool, float, int]:
        hours, source = item
        return any(hours[STAGES[stage]] > 0 for stage in STAGED), hours["sleep"], -source

    return max(told, key=rank)[0]


def _hours(records: list[tuple[int, int, int]]) -> dict[str, float]:
    """Hours of each stage; between two edges the most telling stage of those that cover it counts."""
    seconds = dict.fromkeys(STAGES, 0)
    edges = sorted({edge for start, end, _ in records for edge in (start, end)})
    opened: list[tuple[int, int, int]] = []
    waiting = sorted(records)
    place = 0
    for begin, end in pairwise(edges):
        while place < len(waiting) and waiting[place][0] <= begin:
            opened.append(waiting[place])
            place += 1
        opened = [record for record in opened if record[1] > begin]
        if opened:
            stage = max((record[2] for record in opened), key=TELLING.__getitem__)
            seconds[STAGES[stage]] += end - begin
    hours = {name: total / 3600 for name, total in seconds.items()}
    hours["sleep"] = sum(hours[STAGES[stage]] for stage in (ASLEEP, CORE, DEEP, REM))
    return hours
