"""The door to `did_you_mean` for the rooms above; the rule lies in the contracts, which propose names too."""

from __future__ import annotations

from testamur.contracts.suggest import did_you_mean

__all__ = ["did_you_mean"]
