@criterion(
    "done", "the activity {activity} has not been done", hint="record {activity}", names={"activity": "activity"}
)
def done(deal: Deal, ask: Ask, activity: str, during: Literal["deal", "visit"] = "deal") -> bool:
    """The activity was done, at any time in the life of the deal, or `during` the present visit of the stage."""
    if during == "visit":
        return any(isinstance(event, ActivityDone) and event.activity == activity for event in _this_visit(deal))
    for event in deal.activities:  # noqa: SIM110 - a loop is twice as fast as any(), and moves ask this all the time
        if event.activity == activity:
            return True
    return False


def _this_visit(deal: Deal) -> Iterable[Event]:
    for event in reversed(deal.history):
        if isinstance(event, Opened | Entered):
            return
        yield event


@criterion("visited", "the stage {stage} was never visited", names={"stage": "stage"})
def visited(deal: Deal, ask: Ask, stage: str) -> bool:
    """The deal is or was in the stage, also while the stage had another name."""
    if deal.stage == stage:
        return True
    names = {stage}
    for event in reversed(deal.history):
        if (isinstance(event, Opened | Migrated) and event.stage in names) or (
            isinstance(event, Entered) and event.destination in names
        ):
            return True
        if isinstance(event, Migrated) and event.stages:
            names = {name for name in names if name not in event.stages} | {
                old for old, new in event.stages.items() if new in names
            }
    return False


@criterion("objections_resolved", "open objections: {open}", hint="resolve them, with how")
def objections_resolved(deal: Deal, ask: Ask) -> bool | Verdict:
    """No objection is open."""
    pending = tuple(objection.kind for objection in deal.objections if objection.resolved_at is None)
    return Verdict.unmet(open=pending) if pending else True
