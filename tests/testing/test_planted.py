"""The kit finds every fault that is planted, and shows the smallest example of it."""

from pathlib import Path

import pytest

from salesprocess.testing import check_process, check_store
from tests.testing.planted import FAULTS, KINDS
from tests.testing.planted.kinds import Fault

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "planted-faults.md"


# They show what no other test shows of the kit, and so are counted; all others run at full speed.
COUNTED = {
    "takes the code of a stock rule",
    "remembers how often it was asked",
    "compares the wrong way round",
    "only ten events are read back",
    "rows are ordered by their revision as a text",
    "gives less chance to more time",
    "says something else each time",
    "has nothing to say",
    "takes an old deal for granted",
}


def cases() -> list[object]:
    return [
        pytest.param(
            fault, id=f"{fault.kind}: {fault.mistake}", marks=() if fault.mistake in COUNTED else pytest.mark.long
        )
        for fault in FAULTS
    ]


@pytest.mark.parametrize("fault", cases())
def test_it_is_found_and_shrunk(fault: Fault) -> None:
    section = fault.section()
    assert fault.shown in section


@pytest.mark.repo
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.mistake)
def test_the_page_shows_it(fault: Fault) -> None:
    title = f"### {fault.mistake[0].upper()}{fault.mistake[1:]}"
    assert f"{title}\n\n`{fault.call}`" in PAGE.read_text()
    assert fault.shown in PAGE.read_text().partition(title)[2].partition("###")[0]


@pytest.mark.repo
def test_the_page_shows_every_fault() -> None:
    text = PAGE.read_text()
    assert [line for line in text.splitlines() if line.startswith("### ")] == [
        f"### {fault.mistake[0].upper()}{fault.mistake[1:]}" for kind in KINDS for fault in FAULTS if fault.kind == kind
    ]
    assert f"plant {len(FAULTS)} faults" in text


def test_there_is_no_fault_in_what_the_faulty_ones_were_made_from() -> None:
    from tests.testing.planted.stores import PROCESS, read, written

    check_store(lambda deal: read(written(deal.history)), PROCESS)
    check_process(PROCESS, deals=5)
