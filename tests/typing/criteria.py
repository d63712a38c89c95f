"""Rules keep the types of their parameters, and what is no rule fails to type-check."""

from decimal import Decimal
from typing import assert_type

from salesprocess import Ask, Criterion, Deal, Money, Stage, Verdict
from salesprocess import criteria as c


@c.criterion("min_margin", "margin is below {minimum}", names={"fact": "fact"})
def min_margin(deal: Deal, ask: Ask, *, minimum: Decimal, fact: str = "margin") -> bool | Verdict:
    return Verdict.unknown(fact) if fact not in deal.facts else minimum > 0


assert_type(min_margin(minimum=Decimal("0.2")), Criterion)
assert_type(c.has("seats"), Criterion)
assert_type(c.all_of(c.has("seats"), c.not_(c.has("region"))), Criterion)
Stage("offer", exit=[min_margin(minimum=Decimal(1), fact="margin"), c.done("call", during="visit")])
c.approved("discount", role="deal_desk", while_unchanged=("amount",), not_by="owner")
c.when(c.amount_at_least(Money("100000", "EUR")), c.approved("discount"))

min_margin(minimum="0.2")  # type: ignore[arg-type]
min_margin(Decimal("0.2"))  # type: ignore[call-arg]
min_margin(minimum=Decimal("0.2"), facts="margin")  # type: ignore[call-arg]
min_margin()  # type: ignore[call-arg]

c.has(5)  # type: ignore[arg-type]
c.has("seats", "region")  # type: ignore[call-arg]
c.equals("tags", ["roof"])  # type: ignore[arg-type]
c.one_of("region", "north")  # type: ignore[arg-type]
c.one_of("region", ["north", "south"])  # type: ignore[arg-type]
c.count_at_least("tags", "2")  # type: ignore[arg-type]
c.amount_at_least(1000)  # type: ignore[arg-type]
c.done("call", during="vist")  # type: ignore[arg-type]
c.approved("discount", not_by="the owner")  # type: ignore[arg-type]
c.approved("discount", while_unchanged="amount")  # type: ignore[arg-type]
c.all_of([c.has("seats")])  # type: ignore[arg-type]
c.not_(c.has)  # type: ignore[arg-type]
c.when(c.has("seats"))  # type: ignore[call-arg]
Stage("offer", exit=[c.has])  # type: ignore[list-item]
Stage("offer", exit=c.has("seats"))  # type: ignore[arg-type]
Stage("offer", when=[c.has("seats")])  # type: ignore[arg-type]

c.criterion("wrong", "wrong", names={"fact": "deal"})  # type: ignore[dict-item]


@c.criterion("no_question", "it takes no question")  # type: ignore[arg-type]
def no_question(deal: Deal) -> bool:
    return True


@c.criterion("text", "it answers with a text")  # type: ignore[arg-type]
def answers_with_text(deal: Deal, ask: Ask) -> str:
    return "yes"
