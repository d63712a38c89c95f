"""Several rulebooks, and the right one for each deal."""

from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import criteria as c
from salesprocess.catalog import Catalog
from salesprocess.errors import ProcessClash, SeveralErrors, UnknownProcess
from salesprocess.process import Process
from salesprocess.stages import Stage

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
SOLAR = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
SOLAR_2 = SOLAR.revise(after={"lead": Stage("survey")})
WIND = SOLAR.revise("wind")


def test_a_deal_finds_the_version_that_it_follows() -> None:
    catalog = Catalog([SOLAR_2, SOLAR, WIND])
    for process in catalog:
        assert catalog[process.open("d", at=AT)] is process


@given(st.permutations([SOLAR, SOLAR_2, WIND]))
def test_a_process_is_found_by_name_and_version_whatever_the_order(processes: list[Process]) -> None:
    catalog = Catalog(processes)
    assert list(catalog) == processes
    assert len(catalog) == 3
    assert all(catalog.get(process.name, process.version) is process for process in processes)
    assert catalog.latest("solar") is SOLAR_2
    assert catalog.latest("wind") is WIND


def test_the_highest_version_is_the_latest_also_beyond_nine() -> None:
    versions = [SOLAR.revise(version=version) for version in (10, 9, 2)]
    assert Catalog(versions).latest("solar").version == 10


def test_what_the_catalog_lacks_is_told_with_what_it_has() -> None:
    catalog = Catalog([SOLAR, WIND])
    with pytest.raises(UnknownProcess, match="solar version 2") as caught:
        catalog[SOLAR_2.open("d", at=AT)]
    assert caught.value.known == ("solar version 1", "wind version 1")
    with pytest.raises(UnknownProcess, match="did you mean 'solar'"):
        catalog.latest("sollar")
    with pytest.raises(UnknownProcess, match="known: none"):
        Catalog([]).get("solar", 1)


def test_two_contents_under_one_name_and_version_are_refused_and_all_are_told() -> None:
    other = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    with pytest.raises(ProcessClash, match="'solar' version 1") as caught:
        Catalog([SOLAR, WIND, other])
    assert (caught.value.name, caught.value.version) == ("solar", 1)
    with pytest.raises(SeveralErrors) as several:
        Catalog([SOLAR, WIND, other, WIND.revise("wind", version=2), attrs.evolve(other, name="wind")])
    assert [type(error) for error in several.value.exceptions] == [ProcessClash, ProcessClash]


def test_the_same_rules_may_come_again_with_other_priors_and_the_last_ones_count() -> None:
    tuned = SOLAR.retune({"offer": 0.7}, tuning="2026-Q3")
    catalog = Catalog([SOLAR, tuned])
    assert catalog.get("solar", 1) is tuned
    assert catalog.latest("solar") is tuned


def test_a_rule_that_differs_by_a_parameter_is_another_content() -> None:
    lead = Stage("lead", exit=[c.done("call")], activities=[])
    one, other = (
        Process(
            "p", stages=[attrs.evolve(lead, exit=[c.visited(name)]), Stage("b"), Stage.won("won"), Stage.lost("lost")]
        )
        for name in ("lead", "b")
    )
    with pytest.raises(ProcessClash):
        Catalog([one, other])


def test_a_catalog_reads_as_what_it_holds() -> None:
    assert repr(Catalog([SOLAR, WIND])) == "Catalog(solar version 1, wind version 1)"
