@criterion("has", "{fact} is not known", hint="learn {fact}", names={"fact": "fact"})
def has(deal: Deal, ask: Ask, fact: str) -> bool:
    """The fact is known, whatever its value."""
    return fact in deal.facts


@criterion("has_term", "{term} is not stated", hint="amend {term}", names={"term": "term"})
def has_term(deal: Deal, ask: Ask, term: str) -> bool:
    """The term, such as `amount` or `expected_close`, is stated."""
    return term in deal.terms


@criterion("equals", "{fact} is {found}, not {value}", names={"fact": "fact"})
def equals(deal: Deal, ask: Ask, fact: str, value: FactValue) -> bool | Verdict:
    """The fact has exactly this value."""
    found = deal.facts.get(fact)
    if found is None:
        return Verdict.unknown(fact)
    return True if found == value else Verdict.unmet(found=found)


@criterion("one_of", "{fact} is {found}, not one of {values}", names={"fact": "fact"})
def one_of(deal: Deal, ask: Ask, fact: str, values: tuple[Scalar, ...]) -> bool | Verdict:
    """The fact has one of these values."""
    found = deal.facts.get(fact)
    if found is None:
        return Verdict.unknown(fact)
    return True if found in values else Verdict.unmet(found=found)


@criterion("at_least", "{fact} is {found}, below {minimum}", names={"fact": "fact"})
def at_least(deal: Deal, ask: Ask, fact: str, minimum: Any) -> bool | Verdict:
    """The fact is not below `minimum`."""
    found = deal.facts.get(fact)
    if found is None:
        return Verdict.unknown(fact)
    if isinstance(found, Money) and isinstance(minimum, Money) and found.currency != minimum.currency:
        return Verdict.unmet("currency", found=found.currency, wanted=minimum.currency)
    return True if cast("Any", found) >= minimum else Verdict.unmet(found=found)


@criterion("count_at_least", "{fact} has {found} of at least {minimum} values", names={"fact": "fact"})
def count_at_least(deal: Deal, ask: Ask, fact: str, minimum: int) -> bool | Verdict:
    """The fact, a tuple, has at least so many values."""
    found = deal.facts.get(fact)
    if found is None:
        return Verdict.unknown(fact)
    if not isinstance(found, tuple):
        raise TypeError(f"{fact} is {found!r}, not a tuple")
    return True if len(found) >= minimum else Verdict.unmet(found=len(found))
