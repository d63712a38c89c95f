"""The human call: what people stated of their deals, to be judged beside the methods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

import attrs

from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange
from salesprocess.forecasting.assembly import Estimate, assembled
from salesprocess.forecasting.book import Rulebooks, category_of, rulebook_of_each
from salesprocess.forecasting.forecasts import Forecast
from salesprocess.frozen import tuple_of
from salesprocess.process import Process
from salesprocess.stages import CATEGORIES, ForecastCategory
from salesprocess.timing import Period, instant


def _categories(values: Iterable[ForecastCategory]) -> tuple[ForecastCategory, ...]:
    return tuple_of(values, "categories")


@attrs.frozen
class Recorded:
    """The human call: a deal comes as people say, with its stated probability, or for sure when it is committed.

    A deal whose expected close lies in the period counts with the probability that a person stated for it; without
    one, wholly when its category is one of `categories`, and not at all otherwise. The category is the one stated for
    the deal, or else that of its stage.

    Args:
        process: the rulebook of the deals, or a catalog of several.
        categories: what counts as called.

    Raises:
        OutOfRange: no such category, or one that is no call, such as `closed`.

    >>> from datetime import UTC, date
    >>> from salesprocess.money import Money
    >>> from salesprocess.stages import Stage
    >>> from salesprocess.timing import Calendar
    >>> solar = Process("solar", stages=[Stage("offer", category="commit"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> deal = solar.open("ACME-1", at=at, amount=Money(48000, "EUR"), expected_close=date(2026, 2, 1))
    >>> call = Recorded(solar).fit([], as_of=at).forecast([deal], period=Calendar().quarters(2026)[0], as_of=at)
    >>> call.expected, call.deals[0].because
    (Money('48000.00', 'EUR'), 'called: its category is commit')
    """

    process: Rulebooks
    categories: tuple[ForecastCategory, ...] = attrs.field(default=("commit",), converter=_categories)

    method = "recorded"

    def __attrs_post_init__(self) -> None:
        for category in self.categories:
            if category not in CATEGORIES[:-1]:
                raise OutOfRange("categories", category, f"one of {', '.join(CATEGORIES[:-1])}")

    def fit(self, deals: Iterable[Deal], *, as_of: datetime) -> FittedRecorded:
        """The call ready to be read; it learns nothing from the deals.

        Raises:
            NaiveDatetime: `as_of` has no time zone.
        """
        del deals
        return FittedRecorded(self.process, self.categories, instant(as_of, "as_of"))


@attrs.frozen
class FittedRecorded:
    """`Recorded`, fitted at `fitted_as_of`."""

    process: Rulebooks
    categories: tuple[ForecastCategory, ...]
    fitted_as_of: datetime

    method = Recorded.method

    def forecast(
        self,
        deals: Iterable[Deal],
        *,
        period: Period | None,
        as_of: datetime,
        currency: str | None = None,
        rates: Mapping[str, Decimal] | None = None,
    ) -> Forecast:
        """What the open deals will bring if people are right.

        Args:
            deals: the book, as it stands or later; what was recorded after `as_of` is not known here.
            period: the expected close lies in it; None takes every open deal.
            as_of: the moment of which the call speaks.
            currency: the currency of the result; None takes the only one that occurs.
            rates: what one unit of other currencies is worth in it.

        Raises:
            CurrencyMismatch, NoHistory: no currency is given, and several occur, or none.
            MissingRate: names every currency of the deals counted that `rates` lacks.
            DuplicateDeal, WrongProcess, UnknownProcess, UnknownStage, NaiveDatetime: the book or `as_of` is wrong.
        """
        as_of = instant(as_of, "as_of")
        book = list(deals)
        then = [deal for each in book if (deal := each.as_of(as_of)) is not None and deal.outcome is None]
        rulebooks = rulebook_of_each(self.process, then)

        def rules(deal: Deal) -> Process:
            return rulebooks[deal.process, deal.version]

        def estimate(deal: Deal) -> Estimate:
            if deal.probability is not None:
                return Estimate(deal.probability, "stated for this deal by a person")
            category = category_of(rules(deal), deal)
            called = category in self.categories
            return Estimate(float(called), f"{'called' if called else 'not called'}: its category is {category}")

        return assembled(
            book,
            estimate,
            method=self.method,
            definition=(
                "the probability stated for a deal; without one, a deal comes wholly when its category is one of: "
                f"{', '.join(self.categories)}"
            ),
            period=period,
            as_of=as_of,
            currency=currency,
            rates=rates,
            category=lambda deal: category_of(rules(deal), deal),
            by_expected_close=True,
        )
