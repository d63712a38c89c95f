"""Numbers, days and names as a picture says them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import TypeAlias

import attrs

from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.stages import words_of

Labels: TypeAlias = Process | Mapping[str, str]
"""What stages are called: the labels of a process, in whatever language, or words by name."""

_UNITS = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"))


def stage_words(names: Iterable[str], labels: Labels | None) -> list[str]:
    """The words for stages; a name without a label is told as words.

    >>> stage_words(["needs_assessment", "won"], {"won": "Vunnet"})
    ['Needs assessment', 'Vunnet']
    """
    if isinstance(labels, Process):
        labels = {stage.name: stage.label for stage in labels.stages}
    known = labels or {}
    return [known.get(name, words_of(name)) for name in names]


def in_lines(words: str, room: int, most: int | None = None) -> str:
    """Words in lines of so many characters; one that is longer, as Norwegian has them, is parted in the middle.

    >>> in_lines("Leverandørgodkjenning fra innkjøp", 13).splitlines()
    ['Leverandørg-', 'odkjenning', 'fra innkjøp']
    >>> in_lines("one two three four", 9, most=1)
    'one two …'
    """
    parted = " ".join(_parted(word, room) for word in words.split())
    return textwrap.fill(parted, room, max_lines=most, placeholder=" …")


def _parted(word: str, room: int) -> str:
    parts = -(-len(word) // (room - 1)) if len(word) > room else 1
    size = -(-len(word) // parts)
    return "- ".join(word[place : place + size] for place in range(0, len(word), size))


def percent(share: float) -> str:
    """A share of one, to a whole percent where that is enough; what is not nothing or all is never told as such.

    >>> percent(0.625), percent(0.004), percent(0.9971), percent(1.0), percent(0.99999), percent(0.0002)
    ('62 %', '0.4 %', '99.7 %', '100 %', '> 99.9 %', '< 0.1 %')
    """
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1:
        return "> 99.9 %"
    places = 1 if 0 < share < 0.0995 or 0.9905 < share < 1 else 0
    return f"{100 * share:.{places}f} %"


def percent_tick(value: float, _: object = None) -> str:
    """A number of an axis of shares.

    >>> percent_tick(0.125), percent_tick(0.30000000000000004)
    ('12.5 %', '30 %')
    """
    return f"{100 * value:.6g} %".replace("-", "−")


def figure(value: float) -> str:
    """A number of no known kind, to three digits.

    >>> figure(12.0), figure(0.4567), figure(-1234.5)
    ('12', '0.457', '−1,234')
    """
    shown = f"{value:,.0f}" if abs(value) >= 1000 else f"{Decimal(f'{value:.3g}'):f}"
    return shown.replace("-", "−")


def chance(p_value: float) -> str:
    """The p-value of a test.

    >>> chance(0.0449), chance(7.8e-142)
    ('p = 0.045', 'p < 0.001')
    """
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"


def time(span: timedelta) -> str:
    """A span of time in the unit that fits.

    >>> [time(timedelta(hours=hours)) for hours in (0.2, 1, 30, 60)]
    ['12 minutes', '60 minutes', '30 hours', '2 days']
    """
    for unit, name in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour")):
        if span >= 2 * unit:
            return count(round(span / unit), name)
    return count(round(span / timedelta(minutes=1)), "minute")


def count(number: int, one: str) -> str:
    """So many of something.

    >>> count(1, "deal"), count(1200, "deal")
    ('1 deal', '1,200 deals')
    """
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def day(moment: datetime, tz: tzinfo = UTC) -> str:
    """The day of a moment in a zone.

    >>> day(datetime(2026, 7, 1, tzinfo=UTC))
    '1 Jul 2026'
    """
    local = moment.astimezone(tz)
    return f"{local.day} {local:%b %Y}"


@attrs.frozen
class MoneyScale:
    """In what unit an axis counts money.

    Attributes:
        currency: of the amounts.
        unit: how much of it is one.
        name: of the unit; empty for single ones.
    """

    currency: str
    unit: int
    name: str

    @classmethod
    def of(cls, largest: float | Decimal, currency: str) -> MoneyScale:
        """The unit in which the largest amount has at most four digits before the point, and at least two.

        >>> MoneyScale.of(48_000, "EUR").label, MoneyScale.of(950, "EUR").label, MoneyScale.of(0, "NOK").label
        ('EUR thousand', 'EUR', 'NOK')
        """
        return cls(currency, *_unit(Decimal(largest), 10))

    @property
    def label(self) -> str:
        """What the axis is called."""
        return f"{self.currency} {self.name}".strip()

    def tick(self, value: float, _: object = None) -> str:
        """A number of the axis, without its unit.

        >>> MoneyScale.of(48_000, "EUR").tick(12_500), MoneyScale.of(48_000, "EUR").tick(-20_000)
        ('12.5', '−20')
        """
        return f"{value / self.unit:,.10g}".replace("-", "−")

    def short(self, value: float | Decimal) -> str:
        """An amount to three digits, or to whole units, without its unit.

        >>> MoneyScale.of(48_000, "EUR").short(12_345), MoneyScale.of(2_000_000, "EUR").short(1_234_567)
        ('12.3', '1,235')
        >>> MoneyScale.of(48_000, "EUR").short(-0.4)
        '0'
        """
        return _three(Decimal(value) / self.unit)


def _unit(value: Decimal, times: int) -> tuple[int, str]:
    """The largest unit of which a value has at least so many."""
    return next(((unit, name) for unit, name in _UNITS if abs(value) >= times * unit), (1, ""))


def _three(value: Decimal) -> str:
    """A number to three digits, or without decimals."""
    places = max(2 - value.adjusted(), 0) if value else 0
    shown = f"{value:,.{min(places, 2)}f}"
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return "0" if shown == "-0" else shown.replace("-", "−")


def money(amount: Money) -> str:
    """An amount to three digits, in words.

    >>> money(Money(1234567, "EUR")), money(Money(48500, "NOK")), money(Money("-950.4", "EUR"))
    ('EUR 1.23 million', 'NOK 48.5 thousand', 'EUR −950')
    """
    return f"{amount.currency} {short(amount)}"


def short(amount: Money) -> str:
    """The same without the currency, where an axis names it.

    >>> short(Money(999_900, "EUR")), short(Money(0, "EUR")), short(Money(12_345_678, "EUR"))
    ('1 million', '0', '12.3 million')
    """
    rounded = Decimal(f"{amount.amount:.3g}")
    unit, name = _unit(rounded, 1)
    return f"{_three(rounded / unit)} {name}".strip()


def signed(amount: str) -> str:
    """A change, always with its sign.

    >>> signed("12.5"), signed("−3"), signed("0")
    ('+12.5', '−3', '±0')
    """
    return "±0" if amount == "0" else amount if amount.startswith("−") else f"+{amount}"


def left_out(excluded: Mapping[str, int]) -> list[str]:
    """What is not in the picture, in one note; nothing when nothing is.

    >>> left_out({"deal not opened at as_of": 3}), left_out({})
    (['Left out: deal not opened at as_of (3)'], [])
    """
    told = "; ".join(f"{reason} ({number:,})" for reason, number in excluded.items() if number)
    return [f"Left out: {told}"] if told else []
