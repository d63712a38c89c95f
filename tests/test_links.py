"""Every link between the pages of the repository leads to a file, and to a heading that it has."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.repo
ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def links(page: Path) -> list[tuple[str, str]]:
    """The file and the heading of each link that stays in the repository."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]*))?\)", text)


def headings(page: Path) -> set[str]:
    """The anchors that the headings of a page have."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for file, heading in links(page):
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{file} is not there"
        assert not heading or heading in headings(target), f"{file} has no heading {heading}"


def test_there_are_links() -> None:
    assert sum(len(links(page)) for page in PAGES) > 100
