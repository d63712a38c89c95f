@criterion("amount_at_least", "the amount {found} is below {minimum}", hint="amend the amount")
def amount_at_least(deal: Deal, ask: Ask, minimum: Money) -> bool | Verdict:
    """The amount of the deal is not below `minimum`; in another currency it is unmet with the code `currency`."""
    amount = deal.amount
    if amount is None:
        return Verdict.unknown("amount")
    if amount.currency != minimum.currency:
        return Verdict.unmet("currency", found=amount.currency, wanted=minimum.currency)
    return True if amount.amount >= minimum.amount else Verdict.unmet(found=amount)
