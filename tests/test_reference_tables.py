"""The tables of the reference, which are written by hand, say what the code says."""

import inspect
import re
import typing
from pathlib import Path

import attrs
import pytest

from salesprocess import Policy, Process, errors, rules
from salesprocess.events import Event

pytestmark = pytest.mark.repo
REFERENCE = Path(__file__).parents[1] / "docs" / "reference"


def rows(page: str) -> dict[str, list[str]]:
    """The other cells of each row of the tables of a page, by the code in its first cell."""
    found = re.findall(r"^\| `(\w+)` \| (.*) \|$", (REFERENCE / page).read_text(), re.MULTILINE)
    return {name: cells.split(" | ") for name, cells in found}


def test_every_verb_of_a_process_is_in_its_table_as_its_docstring_has_it() -> None:
    public = {
        name: [str(inspect.getdoc(member)).splitlines()[0]]
        for name, member in vars(Process).items()
        if not name.startswith("_") and inspect.isfunction(getattr(Process, name))
    }
    assert rows("process.md") == public


def test_every_field_of_the_policy_is_in_its_table_with_its_default_and_its_words() -> None:
    table = rows("rulebook.md")
    assert {name: f"`{getattr(Policy(), name)!r}`" for name in table} == {name: row[1] for name, row in table.items()}
    assert list(table) == [field.name for field in attrs.fields(Policy)]
    for name, words in (("skip", rules.Skip), ("back", rules.Back), ("facts", rules.FactPolicy)):
        assert table[name][0] == ", ".join(f"`{word!r}`" for word in typing.get_args(words))


def test_every_event_is_in_its_table_with_what_it_tells() -> None:
    shared = {"deal", "revision", "at", "by", "reason", "key", "imported"}

    def told(event: type[attrs.AttrsInstance]) -> str:
        own = [field.name for field in attrs.fields(event) if field.name not in shared and field.init]
        return ", ".join(f"`{name}`" for name in own) or "–"

    assert rows("deals.md") == {
        event.__name__: [str(inspect.getdoc(event)).splitlines()[0], told(event)] for event in typing.get_args(Event)
    }


def test_every_error_is_in_its_table_as_its_docstring_has_it() -> None:
    public = {
        name: [str(inspect.getdoc(member)).splitlines()[0]]
        for name, member in sorted(vars(errors).items())
        if inspect.isclass(member) and issubclass(member, Exception)
    }
    assert rows("errors.md") == public
