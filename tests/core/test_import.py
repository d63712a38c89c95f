"""The door of the package: thin, lazy and complete."""

import subprocess
import sys
from types import ModuleType

import pytest

import salesprocess

HEAVY = {"attrs", "transitions", "cattrs", "narwhals", "hypothesis", "matplotlib"}


def loaded_by(program: str) -> set[str]:
    """The modules that a program has loaded at its end, in a Python of its own."""
    code = f"{program}\nimport sys\nprint('\\n'.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(run.stdout.split())


def test_importing_the_package_loads_nothing_else_of_it_and_no_other_library() -> None:
    loaded = loaded_by("import salesprocess")
    assert {name for name in loaded if name.partition(".")[0] == "salesprocess"} == {"salesprocess"}
    assert not loaded & (HEAVY | {"attr"})


def test_process_and_deal_load_no_optional_library() -> None:
    loaded = loaded_by("from salesprocess import Process, Deal")
    assert {"attrs", "transitions", "salesprocess.process"} <= loaded
    assert not loaded & {"cattrs", "hypothesis", "narwhals", "matplotlib"}


def test_a_process_loads_what_few_programs_ask_of_it_when_they_ask() -> None:
    late = {f"salesprocess.{name}" for name in ("agenda", "comparison", "display", "recheck", "revision", "texts")}
    assert not loaded_by("from salesprocess import Process, Deal") & late


@pytest.mark.parametrize("name", ["Money", "Deal", "Actor", "Fact", "Period", "criteria", "errors", "Stage", "Policy"])
def test_a_value_does_not_load_the_engine(name: str) -> None:
    assert not loaded_by(f"from salesprocess import {name}") & {"transitions", "salesprocess.process"}


@pytest.mark.parametrize("name", salesprocess.__all__)
def test_every_name_of_the_door_leads_somewhere_and_to_the_same_place_each_time(name: str) -> None:
    found = getattr(salesprocess, name)
    assert found is getattr(salesprocess, name)
    expected = f"salesprocess.{name}" if isinstance(found, ModuleType) else name
    assert getattr(found, "__name__", name) == expected


def test_a_name_is_looked_up_when_it_is_first_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    known = salesprocess.Deal
    monkeypatch.delitem(vars(salesprocess), "Deal")
    assert salesprocess.Deal is known
    assert vars(salesprocess)["Deal"] is known


def test_the_door_lists_its_names_sorted_and_each_once() -> None:
    assert list(dir(salesprocess)) == sorted(salesprocess.__all__)
    assert len(set(salesprocess.__all__)) == len(salesprocess.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'salesprocess' has no attribute 'Opportunity'"):
        salesprocess.Opportunity  # type: ignore[attr-defined]  # pyright: ignore
