"""The project keeps its promises about itself."""

import ast
import doctest
import importlib
import inspect
import re
import tomllib
from collections.abc import Iterator
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import pytest

from salesprocess import Process
from salesprocess.criteria import Rule

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "salesprocess"
MODULES = sorted(PACKAGE.rglob("*.py"))
each_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def docstrings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def test_the_installed_package_declares_its_types() -> None:
    assert resources.files("salesprocess").joinpath("py.typed").is_file()


@pytest.mark.repo
def test_the_installed_version_is_the_declared_one() -> None:
    assert metadata.version("salesprocess") == project()["version"]


@pytest.mark.repo
def test_the_changelog_has_a_section_for_what_comes_next() -> None:
    headings = re.findall(r"^## \[?([^\]\s]+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert {"Unreleased", project()["version"]} & set(headings)


@pytest.mark.repo
def test_who_cites_the_project_names_its_version() -> None:
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.MULTILINE)
    assert cited is not None
    assert cited[1] == project()["version"]


@pytest.mark.repo
def test_the_lowest_tested_versions_are_the_declared_lower_bounds() -> None:
    declared = project()
    extras = declared["optional-dependencies"]
    requirements = [*declared["dependencies"], *extras["frames"], *extras["plots"], *extras["testing"]]
    bounds = {tuple(re.split(">=|,", requirement)[:2]) for requirement in requirements}
    pins = re.findall(r"^([a-z-]+)==([\w.]+)", (ROOT / "tests" / "lowest.txt").read_text("utf-8"), re.MULTILINE)
    assert bounds <= set(pins)


@pytest.mark.repo
@each_module
def test_a_module_says_why_it_exists(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


@pytest.mark.repo
@each_module
def test_a_module_stays_readable_in_one_sitting(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 500


@pytest.mark.repo
@each_module
def test_every_example_in_a_docstring_is_run(path: Path) -> None:
    parser = doctest.DocTestParser()
    tree = ast.parse(path.read_text("utf-8"))
    written = [example.source for text in docstrings(tree) for example in parser.get_examples(text)]
    name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    run = examples_of(name)
    if name.startswith("salesprocess.criteria."):  # rules belong to their package, wherever they are written
        run += examples_of("salesprocess.criteria")
    assert set(written) <= set(run)


def examples_of(module: str) -> list[str]:
    found = doctest.DocTestFinder().find(importlib.import_module(module), module)
    return [example.source for test in found for example in test.examples]


PAGES = (
    "changes",
    "criteria",
    "deals",
    "decisions",
    "diagrams",
    "lint",
    "process",
    "rulebook",
    "serialization",
    "values",
)
"""The pages of the reference whose every name has an example."""
BUILT = (
    "Amounts",
    "Book",
    "CloseDate",
    "CompetingRisks",
    "Count",
    "Delay",
    "Lost",
    "Odds",
    "Probability",
    "Shock",
    "Spread",
    "Won",
)
"""The classes above the core that a user builds; others are results of the functions that show them."""
PUBLIC = (
    "salesprocess",
    *(
        f"salesprocess.{name}"
        for name in (
            "analytics",
            "criteria",
            "diagrams",
            "errors",
            "forecasting",
            "frames",
            "ingest",
            "lint",
            "plots",
            "serialization",
            "simulation",
            "templates",
            "testing",
        )
    ),
)
"""The modules that users import from."""


def published(page: str) -> Iterator[tuple[str, Any]]:
    """Every class, function and rule that a page of the reference describes, and the verbs of a process."""
    text = (ROOT / "docs" / "reference" / f"{page}.md").read_text("utf-8")
    for module, options in re.findall(r"automodule:: ([\w.]+)\n((?:   :.*\n)+)", text):
        loaded = importlib.import_module(module)
        stated = dict(re.findall(r":([\w-]+):(.*)", options))
        chosen = [name.strip() for name in stated["members"].split(",") if name.strip()]
        hidden = [name.strip() for name in stated.get("exclude-members", "").split(",")]
        for name in chosen or getattr(loaded, "__all__", vars(loaded)):
            value = getattr(loaded, name)
            own = chosen or hasattr(loaded, "__all__") or getattr(value, "__module__", "") == module
            if own and not name.startswith("_") and name not in hidden and _is_described(value):
                yield f"{module}.{name}", value
    if page == "process":
        verbs = ((name, getattr(Process, name)) for name in vars(Process) if not name.startswith("_"))
        yield from ((f"Process.{name}", verb) for name, verb in verbs if inspect.isfunction(verb))


def _is_described(value: object) -> bool:
    """Whether it is a function, a rule or a class that is built; errors and protocols are not."""
    if inspect.isclass(value):
        return not issubclass(value, Exception) and not getattr(value, "_is_protocol", False)
    return inspect.isfunction(value) or isinstance(value, Rule)


@pytest.mark.repo
@pytest.mark.parametrize("page", PAGES)
def test_every_name_of_the_core_has_an_example(page: str) -> None:
    names = {name: inspect.getdoc(value) for name, value in published(page)}
    assert names
    assert [name for name, doc in names.items() if ">>>" not in (doc or "")] == []


@pytest.mark.repo
@pytest.mark.parametrize("page", [path.stem for path in sorted((ROOT / "docs" / "reference").glob("*.md"))])
def test_every_function_and_what_a_user_builds_has_an_example(page: str) -> None:
    wanted = {
        name: inspect.getdoc(value)
        for name, value in published(page)
        if inspect.isfunction(value) or (page == "forecasting" and name.rpartition(".")[2] in BUILT)
    }
    assert [name for name, doc in wanted.items() if ">>>" not in (doc or "")] == []


@pytest.mark.repo
def test_every_public_name_is_in_the_reference() -> None:
    pages = (ROOT / "docs" / "reference").glob("*.md")
    described = {id(value) for page in pages for _, value in published(page.stem)}
    names = {
        f"{module}.{name}": getattr(importlib.import_module(module), name)
        for module in PUBLIC
        for name in importlib.import_module(module).__all__
    }
    assert [name for name, value in names.items() if _is_described(value) and id(value) not in described] == []
    assert [name for name, value in names.items() if inspect.isclass(value) and not inspect.getdoc(value)] == []


@pytest.mark.repo
@pytest.mark.parametrize("page", PAGES)
def test_what_a_function_of_the_core_raises_by_itself_is_told(page: str) -> None:
    for name, value in published(page):
        raised = re.findall(r"raise ([A-Z]\w+)\(", inspect.getsource(value)) if inspect.isfunction(value) else []
        assert [error for error in raised if error not in (inspect.getdoc(value) or "")] == [], name
