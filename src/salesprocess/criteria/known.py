"""Criteria on what is known: the facts of a deal, and its terms."""

from __future__ import annotations

from typing import Any, cast

from salesprocess.criteria.parameters import bound, count, known, several
from salesprocess.criteria.rule import Ask, criterion
from salesprocess.criteria.worth import other_currency
from salesprocess.deal import Deal
from salesprocess.errors import WrongKind
from salesprocess.events import Term
from salesprocess.facts import FactValue, Scalar
from salesprocess.money import Money
from salesprocess.verdicts import Verdict


@criterion("has", "{fact} is not known", hint="learn {fact}", names={"fact": "fact"})
def has(deal: Deal, ask: Ask, fact: str) -> bool | Verdict:
    """The fact is known, whatever its value.

    >>> from salesprocess.diagrams import say
    >>> say(has("roof_area"))
    'roof_area is known'
    """
    return True if fact in deal.facts else Verdict.unmet(missing=(fact,))


@criterion("has_term", "{term} is not stated", hint="amend {term}", names={"term": "term"})
def has_term(deal: Deal, ask: Ask, term: str) -> bool | Verdict:
    """The term, such as `amount` or `expected_close`, is stated.

    >>> from salesprocess.diagrams import say
    >>> say(has_term("amount"))
    'amount is stated'
    """
    return True if term in deal.terms else Verdict.unmet(missing=(term,))


@criterion("term_equals", "{term} is {found}, not {value}", hint="amend {term}", names={"term": "term"})
def term_equals(deal: Deal, ask: Ask, term: str, value: Term) -> bool | Verdict:
    """The term has exactly this value.

    >>> from salesprocess.diagrams import say
    >>> say(term_equals("category", "commit"))
    'category is commit'
    """
    found = deal.terms.get(term)
    if found is None:
        return Verdict.unknown(term)
    return True if found == value else Verdict.unmet(found=found)


@criterion("equals", "{fact} is {found}, not {value}", names={"fact": "fact"}, converters={"value": known})
def equals(deal: Deal, ask: Ask, fact: str, value: FactValue) -> bool | Verdict:
    """The fact has exactly this value.

    >>> from salesprocess.diagrams import say
    >>> say(equals("heritage", True))
    'heritage is True'
    """
    found = deal.facts.get(fact)
    if found is None:
        return Verdict.unknown(fact)
    return True if found == value else Verdict.unmet(found=found)


@criterion("one_of", "{fact} is {found}, not one of {values}", names={"fact": "fact"}, converters={"values": several})
def one_of(deal: Deal, ask: Ask, fact: str, values: tuple[Scalar, ...]) -> bool | Verdict:
    """The fact has one of these values.

    >>> from salesprocess.diagrams import say
    >>> say(one_of("region", ("north", "south")))
    'region is north or south'
    """
    found = deal.facts.get(fact)
    if found is None:
        return Verdict.unknown(fact)
    return True if found in values else Verdict.unmet(found=found)


@criterion("at_least", "{fact} is {found}, below {minimum}", names={"fact": "fact"}, converters={"minimum": bound})
def at_least(deal: Deal, ask: Ask, fact: str, minimum: Any) -> bool | Verdict:
    """The fact is not below `minimum`; an amount in another currency is unknown, with the code `currency`.

    >>> from salesprocess.diagrams import say
    >>> say(at_least("seats", 5))
    'seats at least 5'
    """
    found = deal.facts.get(fact)
    if found is None:
        return Verdict.unknown(fact)
    if isinstance(found, Money) and isinstance(minimum, Money) and found.currency != minimum.currency:
        return other_currency(fact, found, minimum)
    return True if cast("Any", found) >= minimum else Verdict.unmet(found=found)


@criterion("at_most", "{fact} is {found}, above {maximum}", names={"fact": "fact"}, converters={"maximum": bound})
def at_most(deal: Deal, ask: Ask, fact: str, maximum: Any) -> bool | Verdict:
    """The fact is not above `maximum`; an amount in another currency is unknown, with the code `currency`.

    >>> from salesprocess.diagrams import say
    >>> say(at_most("seats", 50))
    'seats at most 50'
    """
    found = deal.facts.get(fact)
    if found is None:
        return Verdict.unknown(fact)
    if isinstance(found, Money) and isinstance(maximum, Money) and found.currency != maximum.currency:
        return other_currency(fact, found, maximum)
    return True if cast("Any", found) <= maximum else Verdict.unmet(found=found)


@criterion(
    "count_at_least",
    "{fact} has {found} of at least {minimum} values",
    names={"fact": "fact"},
    converters={"minimum": count},
)
def count_at_least(deal: Deal, ask: Ask, fact: str, minimum: int) -> bool | Verdict:
    """The fact, a tuple, has at least so many values.

    >>> from salesprocess.diagrams import say
    >>> say(count_at_least("stakeholders", 2))
    'stakeholders has at least 2 values'
    """
    found = deal.facts.get(fact)
    if found is None:
        return Verdict.unknown(fact)
    count = len(_several(fact, found))
    return True if count >= minimum else Verdict.unmet(found=count)


@criterion("contains", "{fact} is {found}, without {value}", names={"fact": "fact"}, converters={"value": known})
def contains(deal: Deal, ask: Ask, fact: str, value: Scalar) -> bool | Verdict:
    """The fact, a tuple, has this value among its own.

    >>> from salesprocess.diagrams import say
    >>> say(contains("stakeholders", "CFO"))
    'stakeholders has CFO among its values'
    """
    found = deal.facts.get(fact)
    if found is None:
        return Verdict.unknown(fact)
    return True if value in _several(fact, found) else Verdict.unmet(found=found)


def _several(fact: str, found: FactValue) -> tuple[Scalar, ...]:
    if not isinstance(found, tuple):
        raise WrongKind(fact, found, "a tuple")
    return found


def _text(value: str) -> str:
    if not isinstance(value, str):
        raise WrongKind("pattern", value, "a text, in which * stands for any run of characters")
    return value


@criterion(
    "matches",
    "{fact} is {found}, which does not match {pattern}",
    names={"fact": "fact"},
    converters={"pattern": _text},
)
def matches(deal: Deal, ask: Ask, fact: str, pattern: str, ignore_case: bool = False) -> bool | Verdict:
    """The fact, a text, has the form of `pattern`, from its first character to its last.

    In a pattern `*` stands for any run of characters, also none; every other character stands for itself. A pattern may
    come with a document from outside, so this is no regular expression, which can be written to take forever: the time
    grows with the length of the text plus that of the pattern.

    Args:
        deal: the deal.
        ask: who asks for what.
        fact: the fact.
        pattern: such as `*@example.com` or `PO-*`.
        ignore_case: upper and lower case are the same.

    >>> from salesprocess.diagrams import say
    >>> say(matches("email", "*@example.com", ignore_case=True))
    'email matches *@example.com, in upper or lower case'
    """
    found = deal.facts.get(fact)
    if found is None:
        return Verdict.unknown(fact)
    if not isinstance(found, str):
        raise WrongKind(fact, found, "a text")
    alike = fits(found.casefold(), pattern.casefold()) if ignore_case else fits(found, pattern)
    return True if alike else Verdict.unmet(found=found)


def fits(text: str, pattern: str) -> bool:
    """Whether a text has the form of a pattern, as `matches` reads it.

    The pieces between the stars are searched from left to right, each behind the one before it. When the leftmost place
    of each leaves no room for the rest, no other place does: nothing is ever tried twice.

    >>> fits("kari@example.com", "*@example.com"), fits("kari@example.com.evil", "*@example.com")
    (True, False)
    """
    first, *inner = pattern.split("*")
    if not inner:
        return text == pattern
    last = inner.pop()
    if not text.startswith(first):
        return False
    place = len(first)
    for piece in inner:
        place = text.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    return text.endswith(last) and place + len(last) <= len(text)
