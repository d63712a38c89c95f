"""Criteria on facts, terms, amounts and line items."""

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import LineItem, Money, testing
from salesprocess import criteria as c
from salesprocess.criteria import Criterion
from salesprocess.criteria.known import fits
from salesprocess.errors import CurrencyMismatch, WrongKind
from salesprocess.pricing import annual_recurring, monthly_recurring
from salesprocess.verdicts import Reason, Verdict
from tests.core.test_criteria_language import ASK, opened

EUR = Money(100, "EUR")
SEATS = LineItem("seats", Money(10, "EUR"), quantity=10, every=1, term=12)
SETUP = LineItem("setup", Money(500, "EUR"))


def verdict(each: Criterion, **terms_and_facts: Any) -> Verdict:
    return each.verdict(opened(**terms_and_facts), ASK)


def state(each: Criterion, **terms_and_facts: Any) -> str:
    return verdict(each, **terms_and_facts).state


def reason(each: Criterion, **terms_and_facts: Any) -> Reason:
    (found,) = verdict(each, **terms_and_facts).reasons
    return found


@given(testing.scalars(kind=int), testing.scalars(kind=int))
def test_at_most_and_at_least_meet_in_the_bound_alone(found: int, bound: int) -> None:
    both = c.all_of(c.at_least("seats", bound), c.at_most("seats", bound))
    assert (state(both, facts={"seats": found}) == "met") is (found == bound)
    either = c.any_of(c.at_least("seats", bound), c.at_most("seats", bound))
    assert state(either, facts={"seats": found}) == "met"


@given(testing.money(currency="EUR"), testing.money(currency="EUR"))
def test_an_amount_in_the_currency_of_the_bound_is_compared(found: Money, bound: Money) -> None:
    facts, terms = {"budget": found}, {"amount": found}
    assert (state(c.at_most("budget", bound), facts=facts) == "met") is (found <= bound)
    assert (state(c.amount_at_most(bound), terms=terms) == "met") is (found <= bound)
    assert (state(c.amount_at_least(bound), terms=terms) == "met") is (found >= bound)


@pytest.mark.parametrize("each", [c.at_most("budget", EUR), c.at_least("budget", EUR)], ids=str)
def test_a_fact_in_another_currency_is_not_compared(each: Criterion) -> None:
    found = reason(each, facts={"budget": Money(1, "NOK")})
    assert (found.code, found.parameters["found"], found.parameters["wanted"]) == ("currency", "NOK", "EUR")


@pytest.mark.parametrize(
    "each",
    [c.amount_at_most(EUR), c.monthly_recurring_at_least(EUR), c.annual_recurring_at_least(EUR)],
    ids=str,
)
def test_a_deal_in_another_currency_is_not_compared(each: Criterion) -> None:
    items = (LineItem("seats", Money(999, "NOK"), every=1, term=12),)
    assert reason(each, terms={"amount": Money(1, "NOK"), "items": items}).code == "currency"


def test_what_is_above_the_bound_is_shown() -> None:
    assert reason(c.at_most("seats", 4), facts={"seats": 5}).message == "seats is 5, above 4"
    assert reason(c.amount_at_most(EUR), terms={"amount": Money(101, "EUR")}).message == (
        "the amount 101 EUR is above 100 EUR"
    )


@given(st.lists(testing.scalars(kind=str)), testing.scalars(kind=str))
def test_a_fact_of_many_values_contains_each_of_them_and_no_other(values: list[str], other: str) -> None:
    facts = {"tags": tuple(values)}
    assert all(state(c.contains("tags", each), facts=facts) == "met" for each in values)
    assert (state(c.contains("tags", other), facts=facts) == "met") is (other in values)


@pytest.mark.parametrize(
    ("each", "facts"),
    [
        (c.contains("tags", "roof"), {"tags": "roof"}),
        (c.matches("seats", "5*"), {"seats": 5}),
        (c.matches("tags", "*"), {"tags": ("roof",)}),
        (c.at_most("seats", 5), {"seats": "many"}),
    ],
    ids=str,
)
def test_a_fact_of_the_wrong_kind_is_a_fault(each: Criterion, facts: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        verdict(each, facts=facts)


def test_a_term_equals_a_value() -> None:
    each = c.term_equals("category", "commit")
    assert state(each, terms={"category": "commit"}) == "met"
    assert state(each, facts={"category": "commit"}) == "unknown"
    assert reason(each, terms={"category": "pipeline"}).message == "category is pipeline, not commit"


PATTERNS = st.text("ab*", max_size=8)
TEXTS = st.text("ab\n", max_size=12)


@pytest.mark.counted
@given(TEXTS, PATTERNS)
def test_a_star_stands_for_any_run_of_characters_and_every_other_for_itself(text: str, pattern: str) -> None:
    expression = ".*".join(map(re.escape, pattern.split("*")))
    assert fits(text, pattern) is (re.fullmatch(expression, text, re.DOTALL) is not None)


@pytest.mark.long
@given(st.text(), st.text())
def test_a_pattern_without_a_star_matches_its_own_text_alone(text: str, other: str) -> None:
    plain, pattern = other.replace("*", ""), text.replace("*", "")
    assert fits(pattern, pattern)
    assert fits(plain, pattern) is (plain == pattern)
    assert fits(plain + pattern + plain, f"{plain}*{plain}")


@pytest.mark.parametrize("special", [".", "?", "[a]", "(a+)+", "\\", "{1}", "^", "$", "|"])
def test_no_other_character_is_special(special: str) -> None:
    assert fits(f"x{special}y", f"*{special}*")
    assert not fits("xay", f"*{special}*")


def test_a_hostile_pattern_on_a_long_text_is_answered() -> None:
    """As a regular expression, each of these would try more ways than the text has characters to the power of ten."""
    text = "a" * 300_000
    for pattern in ("*a" * 10_000 + "*b", "*a*a*a*a*a*a*a*a*a*a*b*", ("a" * 1000 + "b*") * 10, "*" * 100_000 + "b"):
        assert not fits(text, pattern)
    assert fits(text, "*a" * 300_000)
    assert not fits(text, "*a" * 300_001)


def test_case_counts_unless_it_is_to_be_ignored() -> None:
    facts = {"email": "Kari@Example.com"}
    assert state(c.matches("email", "*@example.com"), facts=facts) == "unmet"
    assert state(c.matches("email", "*@EXAMPLE.com", ignore_case=True), facts=facts) == "met"
    assert reason(c.matches("email", "*@x.no"), facts=facts).message == (
        "email is Kari@Example.com, which does not match *@x.no"
    )


def test_a_pattern_that_is_no_text_is_refused_when_the_criterion_is_made() -> None:
    with pytest.raises(WrongKind, match="pattern wants a text"):
        c.matches("email", re.compile(".*"))  # type: ignore[arg-type]  # pyright: ignore


def test_recurring_revenue_is_that_of_the_line_items() -> None:
    terms = {"items": (SEATS, SETUP)}
    assert monthly_recurring([SEATS, SETUP]) == Money(100, "EUR")
    assert state(c.monthly_recurring_at_least(Money(100, "EUR")), terms=terms) == "met"
    assert state(c.monthly_recurring_at_least(Money("100.01", "EUR")), terms=terms) == "unmet"
    assert state(c.annual_recurring_at_least(Money(1200, "EUR")), terms=terms) == "met"
    assert state(c.annual_recurring_at_least(Money("1200.01", "EUR")), terms=terms) == "unmet"


@given(
    st.lists(
        st.builds(
            LineItem,
            st.just("x"),
            testing.money(currency="EUR", maximum=1000),
            quantity=st.integers(1, 9),
            every=st.sampled_from((1, 3, 12)),
            term=st.sampled_from((12, 24)),
        ),
        min_size=1,
        max_size=3,
    ),
    testing.money(currency="EUR", maximum=10_000),
)
def test_recurring_revenue_is_compared_as_pricing_computes_it(items: list[LineItem], minimum: Money) -> None:
    terms = {"items": tuple(items)}
    monthly = state(c.monthly_recurring_at_least(minimum), terms=terms) == "met"
    assert monthly is (monthly_recurring(items) >= minimum)
    annual = state(c.annual_recurring_at_least(minimum * 12), terms=terms) == "met"
    assert annual is (annual_recurring(items) >= minimum * 12)


@pytest.mark.parametrize("each", [c.monthly_recurring_at_least(EUR), c.annual_recurring_at_least(EUR)], ids=str)
def test_without_line_items_recurring_revenue_is_not_known_and_without_recurring_ones_it_is_zero(
    each: Criterion,
) -> None:
    unknown = reason(each, terms={"amount": EUR})
    assert (unknown.state, unknown.missing) == ("unknown", ("items",))
    assert verdict(each, terms={"items": (SETUP,)}).evidence["found"] == Money(0, "EUR")


def test_line_items_in_two_currencies_are_a_fault() -> None:
    with pytest.raises(CurrencyMismatch):
        verdict(c.monthly_recurring_at_least(EUR), terms={"items": (SEATS, LineItem("x", Money(1, "NOK")))})


def test_an_offer_has_items_when_one_is_stated() -> None:
    assert state(c.has_items(), terms={"items": (SETUP,)}) == "met"
    assert reason(c.has_items(), terms={"amount": EUR}).message == "the offer has no line items"


def test_a_number_of_another_kind_is_compared_by_its_value() -> None:
    assert state(c.at_most("margin", Decimal("0.5")), facts={"margin": 0.25}) == "met"
