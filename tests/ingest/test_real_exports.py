"""Two real exports: what the import says of them is what counting their rows by hand says."""

import csv
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

from salesprocess import Fact, Process, Stage, ingest, replay

LOAN = Process(
    "loan",
    stages=[
        Stage("first_contact"),
        Stage("qualified"),
        Stage("needs"),
        Stage("offer"),
        Stage.won("won"),
        Stage.lost("lost"),
    ],
)
ACTIVITIES = {
    "A_SUBMITTED": "first_contact",
    "A_PARTLYSUBMITTED": "first_contact",
    "A_PREACCEPTED": "qualified",
    "A_ACCEPTED": "needs",
    "A_FINALIZED": "offer",
    "A_APPROVED": "won",
    "A_REGISTERED": "won",
    "A_ACTIVATED": "won",
    "A_DECLINED": "lost",
    "A_CANCELLED": "lost",
}
HARDWARE = Process(
    "hardware",
    facts=[Fact("product", str), Fact("account", str)],
    stages=[Stage("prospecting"), Stage("engaging"), Stage.won("won"), Stage.lost("lost")],
)


def table(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_log_of_loan_applications(shared_data: Path) -> None:
    rows = table(shared_data / "loan_funnel" / "stage_log.csv")
    log = ingest.stage_log(
        iter(rows),
        process=LOAN,
        columns={
            "deal": "case",
            "stage": "activity",
            "at": "timestamp",
            "amount": "amount_requested",
            "owner": "resource",
        },
        stages=ACTIVITIES,
        currency="EUR",
    )

    cases = defaultdict(list)
    for each in rows:
        cases[each["case"]].append(each)
    merged = moves = amended = 0
    ends = Counter[str]()
    for case in cases.values():
        stage = owner = amount = ""
        for each in sorted(case, key=lambda each: datetime.fromisoformat(each["timestamp"])):
            there = ACTIVITIES[each["activity"]]
            changed = bool(stage) and (
                (each["resource"] not in ("", owner)) or each["amount_requested"] not in ("", amount)
            )
            moves += bool(stage) and there != stage
            amended += changed
            merged += there == stage and not changed
            stage, owner, amount = there, each["resource"] or owner, each["amount_requested"] or amount
        ends["open" if stage not in ("won", "lost") else stage] += 1

    kinds = Counter(event.kind for deal in log.deals for event in deal.history)
    assert [deal.id for deal in log.deals] == list(cases)
    assert kinds == {"opened": len(cases), "entered": moves, "amended": amended}
    assert Counter(deal.status for deal in log.deals) == ends
    assert (log.rows, len(log.merged), log.dropped) == (len(rows), merged, 0)
    assert {problem.code for problem in log.problems} <= {"at.out_of_order"}
    assert ends["won"] == len({each["case"] for each in rows if each["activity"] == "A_APPROVED"})
    assert all(replay(deal.history) == deal for deal in log.deals[::97])


def test_a_snapshot_of_a_crm(shared_data: Path) -> None:
    rows = table(shared_data / "crm_export" / "sales_pipeline.csv")
    log = ingest.snapshot(
        iter(rows),
        process=HARDWARE,
        columns={
            "deal": "opportunity_id",
            "stage": "deal_stage",
            "amount": "close_value",
            "owner": "sales_agent",
        },
        opened="engage_date",
        closed="close_date",
        stages={"Prospecting": "prospecting", "Engaging": "engaging", "Won": "won", "Lost": "lost"},
        currency="USD",
        tz="Europe/Oslo",
        facts={"product": "product", "account": "account"},
    )

    dateless = [number for number, each in enumerate(rows, 1) if not each["engage_date"]]
    assert [(problem.row, problem.code) for problem in log.problems] == [
        (number, "opened.missing") for number in dateless
    ]
    assert {rows[number - 1]["deal_stage"] for number in dateless} == {"Prospecting"}
    assert (log.rows, log.dropped, len(log.deals)) == (len(rows), len(dateless), len(rows) - len(dateless))
    stages = Counter(each["deal_stage"].lower() for each in rows if each["engage_date"])
    assert Counter(deal.stage for deal in log.deals) == stages
    total = sum(int(each["close_value"]) for each in rows if each["deal_stage"] == "Won")
    assert sum(deal.amount.amount for deal in log.deals if deal.status == "won" and deal.amount) == total
    assert sum("account" in deal.facts for deal in log.deals) == sum(
        bool(each["account"]) for each in rows if each["engage_date"]
    )
