"""The service as its clients use it."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.repo

NEW = {"id": "ACME-1", "amount": {"amount": "48000.50", "currency": "EUR"}, "owner": "kari"}


def opened(client: Any, **more: Any) -> dict[str, Any]:
    answer = client.post("/deals", json=NEW | more)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_deal_is_opened_and_read(client: Any) -> None:
    answer = client.post("/deals", json=NEW | {"facts": {"source": "referral"}})
    assert (answer.status_code, answer.headers["Location"], answer.headers["ETag"]) == (201, "/deals/ACME-1", '"1"')
    read = client.get("/deals/ACME-1").json()
    assert read == answer.json()
    assert read["amount"] == {"amount": "48000.50", "currency": "EUR"}
    assert (read["stage"], read["stage_label"], read["probability"]) == (
        "prospecting",
        "Prospecting",
        {"value": 0.05, "source": "stage"},
    )
    assert client.get("/deals/ACME-1/history").json()[0]["by"] == {"id": "kari", "roles": []}


def test_a_refusal_is_a_problem_that_says_everything(client: Any) -> None:
    opened(client)
    answer = client.post("/deals/ACME-1/moves", json={"transition": "advance"})
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    problem = answer.json()
    assert (problem["type"], problem["title"], problem["instance"]) == (
        "urn:salesprocess:transition-refused",
        "Transition refused",
        "/deals/ACME-1/moves",
    )
    assert [(reason["code"], reason["missing"]) for reason in problem["reasons"]] == [
        ("activity.required", []),
        ("has", ["source"]),
    ]
    assert problem["possible"] == ["lose"]
    assert client.get("/deals/ACME-1").headers["ETag"] == '"1"'


def test_what_is_missing_is_done_and_the_deal_goes_on(client: Any, clock: Any) -> None:
    opened(client)
    client.post("/deals/ACME-1/activities", json={"activity": "outreach"})
    client.post("/deals/ACME-1/facts", json={"facts": {"source": "referral"}})
    clock.pass_by(days=2)
    moved = client.post("/deals/ACME-1/moves", json={"transition": "advance"})
    assert (moved.status_code, moved.json()["stage"], moved.headers["ETag"]) == (200, "first_contact", '"4"')
    kinds = [event["kind"] for event in client.get("/deals/ACME-1/history", params={"after": 1}).json()]
    assert kinds == ["activity_done", "facts_learnt", "entered"]


def test_facts_are_read_by_their_declared_kind(client: Any) -> None:
    opened(client)
    facts = {"timeline": "2026-06-01", "discount": "12.5", "budget_to": "50000 EUR", "term": 12, "pain": ["a", "b"]}
    told = client.post("/deals/ACME-1/facts", json={"facts": facts})
    assert told.status_code == 200, told.text
    assert told.json()["facts"] == facts


def test_everything_wrong_with_the_facts_is_listed(client: Any) -> None:
    opened(client)
    facts = {"term": 0, "sorce": "referral"}
    answer = client.post("/deals/ACME-1/facts", json={"facts": facts})
    assert answer.status_code == 422
    errors = sorted(answer.json()["errors"])
    assert [error.partition("sorce")[0].partition(",")[0] for error in errors] == [
        "no fact '",
        "term must be at least 1",
    ]
    assert client.get("/deals/ACME-1").json()["facts"] == {}


def test_options_tell_what_may_happen_and_why_not(client: Any) -> None:
    opened(client)
    options = {option["name"]: option for option in client.get("/deals/ACME-1/options").json()}
    assert {name: option["allowed"] for name, option in options.items()}.items() >= {("advance", False), ("lose", True)}
    assert options["lose"]["needs"] == ["reason"]
    assert "no_decision" in options["lose"]["choices"]
    assert options["advance"]["reasons"][1]["hint"] == "learn source"


def test_the_agenda_tells_what_to_do_and_when_to_ask_again(client: Any, clock: Any) -> None:
    opened(client)
    clock.pass_by(days=30)
    agenda = client.get("/deals/ACME-1/agenda").json()
    assert [item["kind"] for item in agenda["items"]][:2] == ["overdue", "required"]


def test_a_change_for_an_outdated_revision_is_refused(client: Any) -> None:
    opened(client)
    first = client.post("/deals/ACME-1/notes", json={"text": "one"}, headers={"If-Match": '"1"'})
    second = client.post("/deals/ACME-1/notes", json={"text": "two"}, headers={"If-Match": '"1"'})
    assert (first.status_code, second.status_code) == (200, 412)
    assert second.json()["detail"] == "deal ACME-1 has changed since you read it; read it again"
    wrong = client.post("/deals/ACME-1/notes", json={"text": "two"}, headers={"If-Match": "yesterday"})
    assert (wrong.status_code, wrong.json()["type"]) == (422, "urn:salesprocess:out-of-range")


def test_a_request_that_is_sent_again_is_answered_again(client: Any) -> None:
    opened(client)
    work, key = {"activity": "outreach"}, {"Idempotency-Key": "msg-123"}
    first = client.post("/deals/ACME-1/activities", json=work, headers=key)
    again = client.post("/deals/ACME-1/activities", json=work, headers=key)
    assert first.json() == again.json()
    other = client.post("/deals/ACME-1/activities", json={"activity": "first_call"}, headers=key)
    assert (other.status_code, other.json()["type"]) == (409, "urn:salesprocess:key-conflict")


def test_the_record_is_kept_by_every_verb(client: Any) -> None:
    opened(client)
    for method, path, body in [
        ("PATCH", "terms", {"amount": {"amount": "52000", "currency": "EUR"}, "expected_close": "2026-03-31"}),
        ("PATCH", "terms", {"clear": ["expected_close"]}),
        ("POST", "objections", {"kind": "price", "text": "too dear"}),
        ("POST", "objections/4/answer", {"how": "a smaller package"}),
        ("POST", "approvals", {"subject": "discount", "role": "deal_desk"}),
        ("POST", "notes", {"text": "asked for a reference"}),
        ("POST", "hold", {"until": "2026-02-01T00:00:00Z"}),
        ("DELETE", "hold", None),
        ("POST", "overrides", {"destination": "solution", "reason": "the board asked for it"}),
        ("POST", "moves", {"transition": "lose", "reason": "no_decision"}),
    ]:
        headers = {"X-Actor": "ola", "X-Roles": "deal_desk, manager"}
        answer = client.request(method, f"/deals/ACME-1/{path}", json=body, headers=headers)
        assert answer.status_code == 200, (path, answer.text)
    assert [event["kind"] for event in client.get("/deals/ACME-1/history").json()] == [
        "opened",
        "amended",
        "amended",
        "objection_raised",
        "objection_resolved",
        "approved",
        "noted",
        "held",
        "resumed",
        "entered",
        "entered",
    ]
    assert [deal["id"] for deal in client.get("/deals", params={"status": "lost", "owner": "kari"}).json()] == [
        "ACME-1"
    ]
    assert client.get("/deals", params={"status": ["open", "on_hold"]}).json() == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("GET", "/deals/NONE", None, 404, "no-such-deal"),
        ("POST", "/deals", NEW, 409, "deal-exists"),
        ("POST", "/deals", {"id": "X", "process": "solar"}, 422, "unknown-process"),
        ("POST", "/deals", {"id": "X", "stage": "won"}, 422, "out-of-range"),
        ("POST", "/deals", {"amount": {"amount": "much", "currency": "EUR"}}, 422, "malformed-request"),
        ("POST", "/deals/ACME-1/moves", {"transition": "advanse"}, 422, "unknown-transition"),
        ("POST", "/deals/ACME-1/activities", {"activity": "outraech"}, 422, "unknown-activity"),
        ("DELETE", "/deals/ACME-1/hold", None, 409, "wrong-status"),
        ("GET", "/processes/startup/9", None, 422, "unknown-process"),
    ],
)
def test_what_goes_wrong_is_a_problem_of_its_own_kind(
    client: Any, method: str, path: str, body: Any, status: int, kind: str
) -> None:
    opened(client)
    answer = client.request(method, path, json=body)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:salesprocess:{kind}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_processes_are_served_as_data(client: Any) -> None:
    from salesprocess import Process, serialization, templates

    assert [each["name"] for each in client.get("/processes").json()] == ["startup", "car_dealer"]
    document = client.get("/processes/startup/1").json()
    assert serialization.load(document, Process).fingerprint == templates.load("startup").fingerprint


def test_the_document_of_the_service_names_the_types(client: Any) -> None:
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert {"DealView", "OptionView", "AgendaView", "Problem", "ReasonView"} <= set(schemas)
    refused = document["paths"]["/deals/{deal}/moves"]["post"]["responses"]
    assert {"200", "4XX"} <= set(refused)


def test_the_outlook_is_computed_again_when_the_book_has_changed(client: Any) -> None:
    assert client.get("/forecast").json() == []
    opened(client)
    one = client.get("/forecast", params={"months": 12}).json()
    assert len(one) == 12
    assert client.get("/forecast", params={"months": 12}).json() == one
    client.patch("/deals/ACME-1/terms", json={"amount": {"amount": "96001", "currency": "EUR"}})
    two = client.get("/forecast", params={"months": 12}).json()
    expected = [sum(float(month["expected"]["amount"]) for month in months) for months in (one, two)]
    assert expected[1] == pytest.approx(2 * expected[0])
