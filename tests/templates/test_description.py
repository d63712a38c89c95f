"""The page about what a sales process is names, for every sentence, places that exist."""

import re
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

import salesprocess
from salesprocess import Process, templates

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "sales-process.md"
pytestmark = pytest.mark.repo
each_template = pytest.mark.parametrize("name", templates.names()[:5])


def rows(section: str) -> list[list[str]]:
    """The names in the second column of the table of a section, row by row."""
    lines = re.findall(r"^\|[^|]+\|([^|]+)\|$", section, re.MULTILINE)
    return [re.findall(r"`([\w.]+)`", line) for line in lines[2:]]


def sections() -> dict[str, str]:
    """The sections by the template that their heading names; the others by the heading."""
    parts = re.split(r"^## (.+)$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    heads = [re.sub(r".*`(\w+)`", r"\1", head) for head in parts[1::2]]
    return dict(zip(heads, parts[2::2], strict=True))


def names_in(process: Process) -> set[str]:
    lists = (process.facts, process.stages, *(stage.activities for stage in process.stages))
    return {each.name for values in lists for each in values}


def looked_up(path: str) -> Any:
    return reduce(getattr, path.split("."), salesprocess)


@each_template
def test_the_page_places_every_sentence_about_a_trade_on_names_of_its_template(name: str) -> None:
    named = rows(sections()[name])
    assert len(named) >= 7
    assert all(named)
    assert {each for row in named for each in row} <= names_in(templates.load(name))


@pytest.mark.parametrize("section", ["The journey", "What it is good for", "What is wrong with it"])
def test_the_page_places_every_sentence_about_selling_on_names_of_the_library(section: str) -> None:
    named = rows(sections()[section])
    assert len(named) >= 4
    assert all(named)
    for each in (each for row in named for each in row):
        assert looked_up(each) is not None


def test_a_name_that_is_nowhere_would_be_found_out() -> None:
    with pytest.raises(AttributeError):
        looked_up("Process.convince")
