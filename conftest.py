"""The examples of the README and of the documentation are tests; docstrings are run by pytest's own doctest plug-in."""

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from importlib import import_module
from importlib.util import find_spec
from pkgutil import walk_packages
from typing import Any

import pytest
from hypothesis import is_hypothesis_test
from sybil import Sybil
from sybil.integration.pytest import SybilItem
from sybil.parsers.myst import PythonCodeBlockParser, SkipParser
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

import salesprocess

try:
    from coverage import Coverage as _Coverage
except ImportError:  # nor can it be running
    _Coverage = None

pytest_plugins = ["pytester"]
# No examples in docstrings there.
collect_ignore = ["docs/conf.py", "docs/pictures.py", "docs/examples/deal_desk", "docs/examples/django_desk"]
if not all(map(find_spec, ("duckdb", "pyarrow"))):  # the engines of the examples about dataframes
    collect_ignore += ["src/salesprocess/frames", "docs/how-to/count-where-the-data-are.md"]

pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(doctest_optionflags=ELLIPSIS | NORMALIZE_WHITESPACE), SkipParser()],
    patterns=["README.md", "docs/*.md", "docs/*/*.md", "docs/*/*/*.md"],
).pytest()


def counted(item: pytest.Item) -> bool:
    """Whether an item may show what is covered: a short test of examples that somebody chose.

    Long tests, the examples of documents and properties run at full speed instead, unless a property is marked.
    """
    if item.get_closest_marker("long") or isinstance(item, SybilItem | pytest.DoctestItem):
        return False
    return bool(item.get_closest_marker("counted")) or not is_hypothesis_test(getattr(item, "obj", None))


@contextmanager
def uncounted() -> Generator[None]:
    """Stop counting what is covered, which takes as long again."""
    stopped: list[Any] = []
    while _Coverage and (running := _Coverage.current()):  # with xdist there are two
        running.stop()
        stopped.append(running)
    try:
        yield
    finally:
        for each in reversed(stopped):
            each.start()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Count what the modules of the library run when they are imported, and nothing else until the first test."""
    if _Coverage and _Coverage.current():
        for module in walk_packages(salesprocess.__path__, "salesprocess."):
            import_module(module.name)
    with uncounted():
        return (yield)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is not counted comes last, so that it does not fill a cache before the function behind it was seen."""
    items.sort(key=counted, reverse=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Stop counting while an item runs that does not count."""
    with nullcontext() if counted(item) else uncounted():
        return (yield)


class DocumentScheduling(LoadScopeScheduling):
    """Keeps the examples of one document, which share their names, in one process and in order."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return path if path.endswith(".md") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    config.option.loadscopereorder = False  # the order of the collection has its reason
    return DocumentScheduling(config, log) if config.option.dist == "load" else None
