"""The Django project as its users see it: buttons, refusals in words, forms from the rulebook, and a race."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from salesprocess import Money, templates

django = pytest.importorskip("django")
pytestmark = pytest.mark.repo

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
PROCESS = templates.load("startup")
ROUNDS = 10


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The project on a database of its own, with the tables that its migrations make."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "django_desk.settings"
    os.environ["DESK_DB"] = str(tmp_path_factory.mktemp("django") / "desk.sqlite")
    django.setup()
    from django.core.management import call_command
    from django.db import connections
    from django.test.utils import setup_test_environment, teardown_test_environment

    setup_test_environment()
    call_command("migrate", verbosity=0)
    yield
    teardown_test_environment()
    connections.close_all()


@pytest.fixture
def client(project: None) -> Any:
    """A browser in which Kari is signed in."""
    from django.contrib.auth.models import Group, User
    from django.core.management import call_command
    from django.test import Client

    call_command("flush", interactive=False, verbosity=0)
    kari = User.objects.create_superuser("kari")
    kari.groups.add(Group.objects.create(name="deal_desk"))
    browsing = Client()
    browsing.force_login(kari)
    return browsing


def add(name: str = "ACME-1") -> None:
    from django_desk.sales.models import DealRecord

    DealRecord.objects.add(PROCESS.open(name, amount=Money("48000.50", "EUR"), owner="kari", at=AT))


def stored(name: str = "ACME-1") -> Any:
    from django_desk.sales.models import DealRecord

    return DealRecord.objects.get(id=name).deal


def said(answer: Any) -> list[str]:
    """The messages on the page that follows."""
    return [str(message) for message in answer.context["messages"]]


def post(client: Any, path: str, revision: int = 1, **form: str) -> Any:
    return client.post(f"/sales/dealrecord/ACME-1/{path}/", {"revision": revision, **form}, follow=True)


def test_the_migrations_make_what_the_models_say(project: None) -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_a_deal_is_opened_by_a_form_and_comes_back_from_its_events(client: Any) -> None:
    form = {"id": "ACME-1", "owner": "kari", "amount": "48000.50", "currency": "EUR", "expected_close": ""}
    answer = client.post("/sales/dealrecord/add/", form, follow=True)
    assert answer.status_code == 200
    deal = stored()
    assert (deal.stage, deal.amount, deal.history[0].by.id) == ("prospecting", Money("48000.50", "EUR"), "kari")
    assert deal.history[0].by.roles == {"deal_desk"}


def test_what_cannot_be_opened_is_told_above_the_form(client: Any) -> None:
    from django_desk.sales.models import DealRecord

    form = {"id": "ACME-1", "owner": "", "amount": "5", "currency": "eur", "expected_close": ""}
    answer = client.post("/sales/dealrecord/add/", form)
    assert [error for error in answer.context["adminform"].form.non_field_errors() if "EUR" in error]
    assert not DealRecord.objects.exists()


def test_options_are_buttons_and_those_not_allowed_say_why(client: Any) -> None:
    add()
    page = client.get("/sales/dealrecord/ACME-1/change/").content.decode()
    assert re.search(r'<button class="button" disabled aria-describedby="why-advance">Advance to First contact', page)
    assert "the activity outreach is required and has not been done" in page
    assert re.search(r'<button class="button">Lose', page)
    assert '<option value="no_decision">' in page


def test_a_button_moves_the_deal(client: Any) -> None:
    add()
    assert said(post(client, "record", activity="outreach")) == ["ACME-1 is open in prospecting."]
    assert said(post(client, "learn", 2, source="referral")) == ["ACME-1 is open in prospecting."]
    assert said(post(client, "take/advance", 3)) == ["ACME-1 is open in first_contact."]
    assert [event.kind for event in stored().history] == ["opened", "activity_done", "facts_learnt", "entered"]


def test_a_refusal_is_told_in_words_and_changes_nothing(client: Any) -> None:
    add()
    assert said(post(client, "take/advance")) == [
        "prospecting.activities: the activity outreach is required and has not been done "
        "(record the activity outreach when it is done)",
        "prospecting.exit: source is not known (learn source)",
    ]
    assert stored().revision == 1


def test_the_form_asks_for_what_the_stage_wants(client: Any) -> None:
    add()
    page = client.get("/sales/dealrecord/ACME-1/change/")
    assert list(page.context["facts_form"].fields) == ["source", "profile_fit"]
    assert '<option value="industry event">industry event</option>' in page.content.decode()


def test_a_fact_that_cannot_be_is_told_by_its_label(client: Any) -> None:
    add()
    answer = post(client, "learn", source="telepathy")
    assert said(answer)[0].startswith("Where the lead came from: source must be one of")
    assert stored().facts == {}


def test_an_outdated_page_changes_nothing(client: Any) -> None:
    add()
    post(client, "record", activity="outreach")
    answer = post(client, "take/lose", 1, reason="no_decision")
    assert said(answer) == ["Somebody else has changed this deal meanwhile; here it is as it stands now."]
    assert stored().status == "open"


def test_an_unknown_activity_is_told(client: Any) -> None:
    add()
    assert said(post(client, "record", activity="outraech"))[0].startswith("no activity 'outraech'")


def test_a_link_changes_nothing_and_history_is_not_deleted(client: Any) -> None:
    add()
    assert client.get("/sales/dealrecord/ACME-1/take/lose/").status_code == 405
    assert client.post("/sales/dealrecord/ACME-1/take/lose/", {"reason": "no_decision"}).status_code == 400
    assert client.post("/sales/dealrecord/ACME-1/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/sales/dealrecord/NONE/change/").status_code == 404


def test_the_list_filters_by_what_is_shown_and_says_what_needs_attention(client: Any) -> None:
    add()
    add("ACME-2")
    post(client, "take/lose", reason="no_decision")
    page = client.get("/sales/dealrecord/?status__exact=open").content.decode()
    assert "ACME-2" in page
    assert "ACME-1" not in page
    assert "typical is 10 days" in page


def test_whoever_may_not_change_deals_is_kept_out(client: Any) -> None:
    from django.contrib.auth.models import User

    add()
    client.force_login(User.objects.create_user("guest", is_staff=True))
    assert (
        client.post("/sales/dealrecord/ACME-1/take/lose/", {"revision": 1, "reason": "no_decision"}).status_code == 403
    )
    assert stored().status == "open"


def test_two_writers_who_race_on_one_deal_lose_nothing(client: Any) -> None:
    from django.db import connections
    from django_desk.sales.models import DealRecord, StaleDeal

    add()
    failures: list[BaseException] = []
    barrier = threading.Barrier(2)

    def write(name: str) -> None:
        try:
            barrier.wait()
            for number in range(ROUNDS):
                while True:
                    try:
                        DealRecord.objects.apply(
                            "ACME-1", lambda before, text=f"{name} {number}": PROCESS.note(before, text, at=AT)
                        )
                        break
                    except StaleDeal:
                        continue
        except BaseException as error:  # noqa: BLE001 - raised again in the test
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=[name]) for name in ("kari", "nils")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    deal = stored()
    told = sorted(event.text for event in deal.history[1:])
    assert told == sorted(f"{name} {number}" for name in ("kari", "nils") for number in range(ROUNDS))
    assert DealRecord.objects.get(id="ACME-1").revision == deal.revision
