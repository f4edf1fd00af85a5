import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testamur.contracts.finding import Unit
from testamur.report.charts.scale import Scale, round_steps, spread_over
from testamur.report.numbers import (
    MINUS,
    NBSP,
    NO_NUMBER,
    format_bytes,
    format_count,
    format_interval,
    format_limit,
    format_number,
    format_seconds,
    format_value,
)


def spaced(text: str) -> str:
    return text.replace(" ", NBSP)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ((0.62, 0.55, 0.69, Unit.NUMBER), f"0.62 ({spaced('0.55 to 0.69')})"),
        ((0.7812, 0.7712, 0.7913, Unit.NUMBER), f"0.781 ({spaced('0.771 to 0.791')})"),
        ((-0.004, -0.014, 0.006, Unit.NUMBER), f"{MINUS}0.004 ({spaced(f'{MINUS}0.014 to 0.006')})"),
        ((0.023, -0.0038, 0.0496, Unit.NUMBER), f"0.023 ({spaced(f'{MINUS}0.004 to 0.050')})"),
        ((0.023, 0.0004, 0.0496, Unit.NUMBER), f"0.0230 ({spaced('0.0004 to 0.0496')})"),
        ((0.1, -0.0002, 0.2, Unit.POINTS), f"10.00{NBSP}points ({spaced(f'{MINUS}0.02 to 20.00')})"),
        ((0.3, 0.0002, 0.6, Unit.SHARE), f"30.0{NBSP}% ({spaced('0.0 to 60.0 %')})"),
        ((0.217, 0.152, 0.279, Unit.SHARE), f"21.7{NBSP}% ({spaced('15.2 to 27.9 %')})"),
        ((0.062, 0.0, 0.124, Unit.POINTS), f"6.2{NBSP}points ({spaced('0.0 to 12.4')})"),
        ((0.62, 0.55, None, Unit.NUMBER), f"0.62 ({spaced('at least 0.55')})"),
        ((0.62, None, 0.69, Unit.NUMBER), f"0.62 ({spaced('at most 0.69')})"),
        ((4700.0, None, None, Unit.COUNT), "4,700"),
        ((None, None, None, Unit.SHARE), NO_NUMBER),
        ((0.0, None, None, Unit.SHARE), f"0{NBSP}%"),
        ((0.00004, None, None, Unit.SHARE), f"0.0040{NBSP}%"),
        ((12.0, None, None, Unit.NUMBER), "12"),
        ((37.4375, None, None, Unit.NUMBER), "37.4"),
        ((1234.5, None, None, Unit.TARGET), "1,234"),
        ((0.5, 0.5, 0.5, Unit.NUMBER), f"0.50 ({spaced('0.50 to 0.50')})"),
        ((12.3, 10.1, 14.5, Unit.RATIO), f"12.3 ({spaced('10.1 to 14.5')})"),
        ((12.3, 12.28, 12.32, Unit.RATIO), f"12.300 ({spaced('12.280 to 12.320')})"),
    ],
)
def test_values_and_intervals_as_people_read_them(given_, expected):
    assert format_interval(*given_) == expected


@pytest.mark.parametrize(
    ("step", "unit", "ends", "expected"),
    [
        (1.0, Unit.NUMBER, (5.0, 2.0, 10.0), f"5 ({spaced('2 to 10')})"),
        (0.5, Unit.NUMBER, (0.5, 0.0, 2.0), f"0.5 ({spaced('0.0 to 2.0')})"),
        (0.05, Unit.SHARE, (0.35, 0.3, 0.45), f"35{NBSP}% ({spaced('30 to 45 %')})"),
        (0.002, Unit.POINTS, (0.012, 0.0, 0.03), f"1.2{NBSP}points ({spaced('0.0 to 3.0')})"),
    ],
)
def test_what_is_rounded_to_a_step_shows_no_digit_beyond_it(step, unit, ends, expected):
    assert format_interval(*ends, unit, step=step) == expected


def test_limits_counts_durations_sizes():
    assert format_limit("at most", 0.1, Unit.POINTS) == spaced("at most 10 points")
    assert format_limit("at least", 0.8) == spaced("at least 0.8")
    assert format_limit("at least", -0.02) == spaced(f"at least {MINUS}0.02")
    assert format_count(1234567) == "1,234,567"
    assert format_seconds(0.312) == f"0.31{NBSP}s"
    assert format_seconds(200) == f"3{NBSP}min 20{NBSP}s"
    assert format_bytes(14_200) == f"14{NBSP}kB"
    assert format_value(3.25, Unit.TARGET, unit_words="kg") == f"3.25{NBSP}kg"


@given(st.floats(-1e6, 1e6), st.integers(0, 6))
def test_no_negative_zero_and_no_hyphen(number, digits):
    text = format_number(number, digits)
    assert "-" not in text
    if float(f"{number:.{digits}f}") == 0:
        assert not text.startswith(MINUS)


@given(st.floats(-1e3, 1e3), st.floats(1e-4, 1e2), st.floats(1e-4, 1e2))
def test_rounding_moves_no_end_by_more_than_a_fifth_of_the_interval(value, below, above):
    low, high = value - below, value + above
    if max(abs(low), abs(high)) >= 100:
        return
    inner = format_interval(value, low, high).split("(")[1].rstrip(")")
    ends = [float(x.replace(MINUS, "-").replace(",", "")) for x in inner.split(f"{NBSP}to{NBSP}")]
    assert abs(ends[0] - low) <= 0.2 * (high - low) / 2 + 1e-9
    assert abs(ends[1] - high) <= 0.2 * (high - low) / 2 + 1e-9


@given(st.floats(-1e3, -1e-5), st.floats(1e-5, 1e3))
def test_an_interval_that_holds_zero_is_seen_to_do_so(low, high):
    first, last = format_interval(0.0, low, high).split("(")[1].rstrip(")").split(f"{NBSP}to{NBSP}")
    assert first.startswith(MINUS)
    assert last.strip("0.")


@given(st.floats(-1e5, 1e5), st.floats(1e-3, 1e5))
def test_ticks_are_round_lie_inside_and_grow(low, width):
    values, _ = round_steps(low, low + width, 5)
    steps = {round((b - a) / width, 6) for a, b in pairwise(values)}
    assert len(steps) <= 1
    assert all(low - 1e-6 * width <= v <= low + width * (1 + 1e-6) for v in values)
    assert 1 <= len(values) <= 6


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=9))
def test_a_scale_holds_its_values_in_order(values):
    scale = Scale(*spread_over(values), 0.0, 100.0)
    pixels = [scale.at(v) for v in sorted(values)]
    assert pixels == sorted(pixels)
    assert all(0 <= p <= 100 and math.isfinite(p) for p in pixels)
