"""What the shop declares: how often it orders, how long a delivery takes, what stock and its lack cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a reorder plan; defaults are assumptions and are called so wherever they show.

    Attributes:
        review: Steps between two looks at the stock (R).
        lead: Steps from an order to its arrival (L); what is ordered in the morning of step t can be sold
            from the morning of step t + L.
        holding: Cost of one unit lying in stock at the end of one step.
        shortage: Cost of one unit that was asked for and not there (the sale is lost).
        order: Cost of one order, whatever its size.
        leftover: Loss on a unit that is still there at the end of its only season (newsvendor).
    """

    review: int = 7
    lead: int = 7
    holding: float = 0.02
    shortage: float = 3.0
    order: float = 20.0
    leftover: float = 6.0

    @property
    def protection(self) -> int:
        """Steps that an order has to last for: R + L."""
        return self.review + self.lead

    @property
    def critical_ratio(self) -> float:
        """Share of review periods that are to pass without a lost sale, where costs are least.

        p / (p + h R): the newsvendor's ratio with p the cost of a lost unit and h R that of a unit held for
        one
        review period more (Silver, Pyke, Thomas: Inventory and Production Management, 4th ed. 2017, ch. 7).
        """
        return self.shortage / (self.shortage + self.holding * self.review)

    @property
    def newsvendor_ratio(self) -> float:
        """P / (p + c): the ratio of a single season, with c the loss on what is left over."""
        return self.shortage / (self.shortage + self.leftover)
