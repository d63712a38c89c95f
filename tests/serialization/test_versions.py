"""Every document names its schema: older ones are brought up step by step, newer ones are refused."""

import subprocess
import sys
from typing import Any

import pytest

from salesprocess import Money, serialization
from salesprocess.errors import InvalidDocument
from salesprocess.serialization import versions

MONEY = {"schema": 1, "amount": "5", "currency": "EUR"}


def test_a_document_of_a_newer_schema_is_refused_and_says_so() -> None:
    with pytest.raises(InvalidDocument) as caught:
        serialization.load({**MONEY, "schema": 2, "colour": "red"}, Money)
    message = "the schema 2 is newer than 1, the newest that this version of salesprocess reads"
    assert caught.value.faults == (("$.schema", message),)


@pytest.mark.parametrize("schema", [0, -1, "1", 1.0, True, None, [], -(10**5000)], ids=range(8))
def test_a_schema_is_a_whole_number_from_1(schema: Any) -> None:
    with pytest.raises(InvalidDocument) as caught:
        serialization.load({**MONEY, "schema": schema}, Money)
    assert [path for path, _ in caught.value.faults] == ["$.schema"]


def test_an_older_document_passes_through_every_upgrade_of_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    def renamed(document: dict[str, Any]) -> dict[str, Any]:
        document["amount"] = document.pop("value")
        return document

    monkeypatch.setattr(versions, "SCHEMA", 3)
    monkeypatch.setattr(versions, "UPGRADES", {1: {Money: renamed}, 2: {"another kind": renamed}})
    old = {"schema": 1, "value": "5", "currency": "EUR"}
    assert serialization.load(old, Money) == serialization.load({**MONEY, "schema": 2}, Money) == Money(5, "EUR")
    assert old == {"schema": 1, "value": "5", "currency": "EUR"}


@pytest.mark.parametrize(
    ("program", "loaded"), [("import salesprocess", False), ("import salesprocess.serialization", True)]
)
def test_cattrs_is_loaded_by_those_alone_who_ask_for_serialization(program: str, loaded: bool) -> None:
    asked = f"{program}, sys; raise SystemExit('cattrs' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == loaded
