@criterion(
    "approved",
    "{subject} is not approved by {role}",
    hint="ask {role} to approve {subject}",
    names={"while_unchanged": "value"},
)
def approved(
    deal: Deal,
    ask: Ask,
    subject: str,
    role: str | None = None,
    while_unchanged: tuple[str, ...] = (),
    not_by: Literal["owner"] | None = None,
) -> bool | Verdict:
    """An approval of `subject` is in force.

    Args:
        deal: the deal.
        ask: who asks for what.
        subject: what is approved.
        role: the capacity in which it must be given; None takes any.
        while_unchanged: terms and facts that must be the same as when it was given.
        not_by: `"owner"` wants somebody else than the owner of the deal, both now and when it was given.
    """
    answer = Verdict.unmet(role=role or "anybody")
    for given in reversed(deal.approvals):
        if given.subject != subject or (role is not None and given.role != role):
            continue
        changed = _changed_since(deal, given, while_unchanged)
        if changed:
            answer = Verdict.unmet("approved.changed", changed=changed)
        elif not_by == "owner" and (given.by is None or given.by.id in (deal.owner, _owner_at(deal, given))):
            answer = Verdict.unmet("approved.own", found=given.by or "nobody")
        else:
            return True
    return answer


def _changed_since(deal: Deal, approval: Approved, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names whose value was another at any time after the approval."""
    if not names:
        return ()
    then: dict[str, Any] = {}
    changed: set[str] = set()
    for event in deal.history:
        for name, value in _told(event):
            if name in names:
                if event.revision > approval.revision and then.get(name) != value:
                    changed.add(name)
                then[name] = value
    return tuple(name for name in names if name in changed)


def _owner_at(deal: Deal, approval: Approved) -> str | None:
    """Who owned the deal when the approval was given."""
    owner: str | None = None
    for event in deal.history[: approval.revision]:
        owner = dict(_told(event)).get("owner", owner)
    return owner


def _told(event: Event) -> Iterator[tuple[str, Any]]:
    """The terms and facts an event sets, None where it removes one."""
    if isinstance(event, Opened):
        yield from event.terms.items()
        yield from event.facts.items()
    elif isinstance(event, Amended):
        yield from event.terms.items()
        yield from ((name, None) for name in event.cleared)
    elif isinstance(event, FactsLearnt):
        yield from event.facts.items()
        yield from ((name, None) for name in event.forgotten)
