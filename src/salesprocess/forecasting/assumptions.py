"""What a forecast assumes beyond its probabilities, in one value that says so."""

from __future__ import annotations

import attrs

from salesprocess.forecasting.amount_changes import AmountChanges
from salesprocess.forecasting.dependence import Dependence, in_short, in_words
from salesprocess.forecasting.new_deals import NewDeals
from salesprocess.forecasting.revenue import NewBusiness, Worth
from salesprocess.money import Money


@attrs.frozen
class Assumptions:
    """How deals hang together, how amounts change until a deal is won, and which deals do not exist yet.

    Attributes:
        dependence: a `Shock`, or the `Spread` of a backtest; None takes deals as independent.
        amounts: changes of amounts, as history shows them; None takes amounts as they stand.
        new_deals: deals still to be opened; None counts none.

    >>> print(Assumptions())
    deals taken as independent of one another, which they are not: intervals are too narrow
    """

    dependence: Dependence = None
    amounts: AmountChanges | None = None
    new_deals: NewDeals | None = None

    @property
    def new_business(self) -> NewBusiness | None:
        """The new deals as a number and their amounts; None where none are counted or expected."""
        return None if self.new_deals is None else self.new_deals.business

    @property
    def dependence_words(self) -> str:
        """How deals hang together, in words."""
        return in_words(self.dependence)

    @property
    def dependence_short(self) -> str:
        """The same in a few words."""
        return in_short(self.dependence)

    def worth(self, amount: Money, stage: str) -> Worth:
        """What a deal of this amount in this stage brings when it is won."""
        return amount if self.amounts is None else self.amounts.law(amount, stage)

    def __str__(self) -> str:
        parts = [self.dependence_words]
        if self.amounts is not None:
            parts.append(f"amounts change until the deal is won as in {self.amounts.n:,} won deals")
        if self.new_deals is not None:
            parts.append(self.new_deals.words)
        return "; ".join(parts)
