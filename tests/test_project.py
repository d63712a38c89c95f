"""The project keeps its promises about itself."""

import ast
import doctest
import importlib
import re
import tomllib
from collections.abc import Iterator
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import pytest

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
    found = doctest.DocTestFinder().find(importlib.import_module(name), name)
    assert sorted(written) == sorted(example.source for test in found for example in test.examples)
