"""The notebook runs in a real kernel, from top to bottom, and what it shows is a table or a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.repo

NOTEBOOK = Path(__file__).parents[2] / "docs" / "examples" / "monday_morning.ipynb"


@pytest.fixture(scope="module")
def cells() -> list[Any]:
    """The cells, after a kernel has run them."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    pytest.importorskip("matplotlib")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cell: Any) -> set[str]:
    return {kind for output in cell.outputs for kind in output.get("data", {"text/stream": output.get("text")})}


def test_it_is_stored_without_what_it_showed() -> None:
    stored = json.loads(NOTEBOOK.read_text("utf-8"))
    assert not [cell for cell in stored["cells"] if cell.get("outputs") or cell.get("execution_count")]


@pytest.mark.long
def test_every_cell_but_the_first_shows_something(cells: list[Any]) -> None:
    assert not shown(cells[0])
    assert all(shown(cell) for cell in cells[1:])


def test_tables_and_pictures_are_shown_as_such(cells: list[Any]) -> None:
    for cell in cells:
        last = cell.source.splitlines()[-1]
        if last.endswith(".figure"):
            assert "image/png" in shown(cell), last
        elif "=" not in last and not last.startswith("print"):
            assert "text/html" in shown(cell), last


def test_nothing_warns(cells: list[Any]) -> None:
    said = [output["text"] for cell in cells for output in cell.outputs if output.get("name") == "stderr"]
    assert not said
