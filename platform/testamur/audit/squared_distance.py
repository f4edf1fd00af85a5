"""Score interval of a squared distance: of what is never below 0 and whose estimate is biased upwards."""

from __future__ import annotations

_MOST_AMONG = 0.5  # of z^2 among: beyond it (a handful of rows) the quadratic has no upper end


def squared_interval(
    plain: float, bias: float, along: float, alone: float, z: float, among: float = 0.0
) -> tuple[float, float]:
    """Ends of all theta that lie within z standard errors of the estimate, as in Wilson's interval.

    Near a difference d a squared distance theta = |d|^2 is estimated by |d + e|^2: its bias is the mean
    of |e|^2, its variance that of 2 d e, which is proportional to theta, plus that of |e|^2. The interval is
    all theta with (plain - bias - theta)^2 <= z^2 (along theta + alone + among theta^2). Its upper end
    is made from no less than plain = bias: a sample that looks better than none could is no evidence.
    With few places it is wider than need be; |d| <= |d + e| + the error along d, which is normal with the
    variance along / 4, bounds it as well. Both rest on the same observed distance: the lower one holds.

    Args:
        plain: The squared distance as observed, at least 0.
        bias: What errors add to it on average.
        along: Variance of 2 d e over theta.
        alone: Variance of |e|^2.
        z: Critical value.
        among: Relative variance of theta between samples, where the places compared are sampled too.

    Returns:
        Low and high end, at least 0.
    """
    share = min(among, _MOST_AMONG / z**2)
    low, _ = _roots(plain - bias, along, alone, share, z)
    _, high = _roots(max(plain - bias, 0.0), along, alone, share, z)
    length = plain**0.5 + z * (along + share * plain) ** 0.5 / 2
    return max(low, 0.0), min(high, length**2)


def _roots(t: float, along: float, alone: float, among: float, z: float) -> tuple[float, float]:
    """Both solutions of (t - x)^2 = z^2 (along x + alone + among x^2)."""
    a, b, c = 1 - z * z * among, 2 * t + z * z * along, t * t - z * z * alone
    root = max(b * b - 4 * a * c, 0.0) ** 0.5
    return float((b - root) / (2 * a)), float((b + root) / (2 * a))
