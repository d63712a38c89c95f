"""Templates by name: versions, options, packages that publish their own, and what is wrong with some of them."""

import os
import pickle
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from salesprocess import Process, Stage, templates
from salesprocess.errors import (
    BrokenTemplate,
    InvalidTranslation,
    SalesProcessError,
    TemplateClash,
    UnknownOption,
    UnknownPackage,
    UnknownTemplate,
    UnknownVersion,
)
from salesprocess.templates import Registry, Source, Template

SOLAR = Process("solar", stages=[Stage("offer"), Stage.won("won"), Stage.lost("lost")])
OWN = ("generic", "startup", "consulting", "agency", "car_dealer")


def never() -> object:
    raise AssertionError("nobody asked for it")


def wind(*, turbines: int = 1, **rest: object) -> Process:
    return SOLAR.revise(f"wind-{turbines}")


def gas(valves: int = 1) -> Template:
    return Template(SOLAR.revise(f"gas-{valves}"))


def hydro(dams: int, /) -> Process:
    return SOLAR


def test_a_registry_of_ones_own_knows_only_what_it_was_given() -> None:
    registry = Registry.of(solar=SOLAR, wind=wind)
    assert registry.names() == ("solar", "wind")
    assert registry.load("solar") is SOLAR
    assert registry.packages("solar") == ("here",)
    with pytest.raises(UnknownTemplate, match="no template 'startup'; known: solar, wind"):
        registry.load("startup")


def test_registries_are_put_together() -> None:
    both = templates.installed() + Registry.of("acme", solar=SOLAR)
    assert both.names()[:5] == OWN
    assert both.packages("solar") == ("acme",)
    assert both.load("generic") is templates.load("generic")


def test_the_highest_version_is_loaded_unless_another_is_asked_for() -> None:
    registry = Registry.of(solar=[SOLAR.revise(version=7), SOLAR, Template(SOLAR.revise())])
    assert registry.versions("solar") == (1, 2, 7)
    assert registry.load("solar").version == 7
    assert registry.load("solar", version=1) is SOLAR
    with pytest.raises(UnknownVersion, match="no version '3'; known: 1, 2, 7"):
        registry.load("solar", version=3)
    assert templates.versions("startup") == (1,)


def test_a_template_that_is_a_function_takes_options() -> None:
    registry = Registry.of(wind=wind, gas=gas)
    assert registry.load("wind").name == "wind-1"
    assert registry.load("wind", turbines=3, colour="white").name == "wind-3"
    assert registry.template("gas", valves=2).process.name == "gas-2"
    assert registry.versions("gas", valves=2) == (1,)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (SOLAR, "no option 'valve', 'x'; known: none"),
        (gas, "no option 'valve', 'x'; did you mean 'valves'"),
        (hydro, "no option 'valve', 'x'; known: none"),
    ],
    ids=["value", "function", "positional"],
)
def test_an_option_that_a_template_does_not_take_is_refused(template: Any, message: str) -> None:
    with pytest.raises(UnknownOption, match=message):
        Registry.of(gas=template).load("gas", valve=2, x=1)


@pytest.mark.parametrize(
    ("published", "why"),
    [
        (5, "5 is neither a Template nor a Process"),
        ([SOLAR, "wind"], "'wind' is neither a Template nor a Process"),
        ([], "it holds no template"),
        ([SOLAR, SOLAR.revise("wind")], "it has version 1 twice"),
        (Process, "<class 'salesprocess.process.Process'> is neither a Template nor a Process"),
        (hydro, "TypeError: hydro"),
        (lambda: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda: "wind", "'wind' is neither a Template nor a Process"),
    ],
    ids=[
        "a number",
        "a text among processes",
        "nothing",
        "one version twice",
        "a class",
        "a function that refuses",
        "a function that fails",
        "a function that gives a text",
    ],
)
def test_what_is_no_template_is_told_with_the_package_that_has_to_mend_it(published: Any, why: str) -> None:
    registry = Registry.of("acme", wind=published) + Registry.of(solar=SOLAR)
    with pytest.raises(BrokenTemplate) as broken:
        registry.load("wind")
    assert str(broken.value).startswith("the template 'wind' of the package 'acme' is broken: ")
    assert why in broken.value.why
    assert registry.load("solar") is SOLAR


def test_the_error_of_a_broken_package_is_the_cause() -> None:
    with pytest.raises(BrokenTemplate) as broken:
        Registry([Source("wind", "acme", never)]).load("wind")
    assert isinstance(broken.value.__cause__, AssertionError)


def test_nothing_is_read_before_somebody_asks_for_it() -> None:
    registry = Registry([Source("wind", "acme", never), *Registry.of(solar=SOLAR).sources])
    assert registry.names() == ("wind", "solar")
    assert registry.load("solar") is SOLAR


def test_a_name_that_two_packages_claim_belongs_to_neither_until_one_is_named() -> None:
    registry = Registry.of("acme", solar=SOLAR) + Registry.of("zenith", solar=SOLAR.revise("sun")) + Registry.of(w=wind)
    assert registry.names() == ("solar", "w")
    assert registry.packages("solar") == ("acme", "zenith")
    with pytest.raises(TemplateClash, match="'solar' is published by acme and by zenith; say which one") as clash:
        registry.load("solar")
    assert (clash.value.name, clash.value.packages) == ("solar", ("acme", "zenith"))
    assert registry.load("solar", package="zenith").name == "sun"
    assert registry.load("w").name == "wind-1"
    with pytest.raises(UnknownPackage, match="no package 'zenit'; did you mean 'zenith'"):
        registry.load("solar", package="zenit")


def test_a_language_that_a_package_left_incomplete_is_no_language() -> None:
    registry = Registry.of(solar=Template(SOLAR, {"nb": {"stages.offer.label": "Tilbud"}}))
    assert registry.load("solar") is SOLAR
    with pytest.raises(BrokenTemplate, match=r"'here' is broken: its language 'nb' is incomplete") as broken:
        registry.load("solar", language="nb")
    assert isinstance(broken.value.__cause__, InvalidTranslation)
    assert "missing: stages.won.label" in broken.value.why
    with pytest.raises(InvalidTranslation, match=r"missing: stages\.won\.label"):
        registry.load("solar", language={"stages.offer.label": "Tilbud"})


@pytest.mark.parametrize(
    "error",
    [
        BrokenTemplate("wind", "acme", "it fails"),
        TemplateClash("solar", ("acme", "zenith")),
        UnknownOption(["valve"], ["valves"]),
        UnknownVersion("3", ("1",)),
        UnknownPackage("acme", ("zenith",)),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_about_templates_are_of_the_library_and_pickle(error: SalesProcessError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
    assert isinstance(error, SalesProcessError)
    assert isinstance(error, LookupError)


def test_an_installed_package_publishes_its_templates_beside_ours(with_plugin: Path) -> None:
    registry = templates.discover()
    assert registry.names()[:5] == OWN
    assert {"boat_yard", "heat_pumps", "ferry"} <= set(registry.names())
    assert registry.packages("boat_yard") == ("nordic-templates",)
    assert registry.versions("boat_yard") == (1, 2)
    assert registry.load("boat_yard").version == 2
    norwegian = registry.load("boat_yard", version=1, language="nb")
    assert norwegian.stage("enquiry").activities[0].label == "Ta båten på land"


def test_an_installed_template_takes_options_and_another_comes_from_data(with_plugin: Path) -> None:
    registry = templates.discover()
    assert registry.load("heat_pumps").stage("offer").exit[0].parameters["minimum"] == Decimal("0.2")
    assert registry.load("heat_pumps", margin="0.3").name == "heat_pumps-0-3"
    assert registry.load("ferry", language="nb").stage("request").label == "Forespørsel"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("not_there", "ModuleNotFoundError: No module named 'nordic_templates.not_there'"),
        ("not_a_template", "'boat_yard' is neither a Template nor a Process"),
        ("failing", "RuntimeError: the tide is out"),
    ],
)
def test_a_broken_template_of_an_installed_package_is_named_and_stops_no_other(
    with_plugin: Path, name: str, why: str
) -> None:
    registry = templates.discover()
    with pytest.raises(BrokenTemplate) as broken:
        registry.load(name)
    assert str(broken.value) == f"the template {name!r} of the package 'nordic-templates' is broken: {why}"
    assert [registry.load(each, package="salesprocess").name for each in OWN] == list(OWN)
    assert registry.load("ferry").name == "ferry"


def test_an_installed_template_that_takes_one_of_our_names_is_named_and_stops_no_other(with_plugin: Path) -> None:
    registry = templates.discover()
    with pytest.raises(TemplateClash, match="'generic' is published by salesprocess and by nordic-templates"):
        registry.load("generic")
    assert registry.load("generic", package="salesprocess") is templates.load("generic", package="salesprocess")
    assert registry.load("generic", package="nordic-templates").name == "boat_yard"
    assert registry.load("startup").name == "startup"


def test_installed_templates_are_found_on_first_use_and_imported_when_asked_for(site: Path) -> None:
    program = (
        "import sys; from salesprocess import templates;"
        "print('importlib.metadata' in sys.modules);"
        "print('ferry' in templates.names(), 'nordic_templates' in sys.modules);"
        "print(templates.load('ferry'))"
    )
    path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "PYTHONPATH": path}
    run = subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True)
    assert run.stdout == "False\nTrue False\n<Process ferry version 1: request → booked → lost>\n"


def test_what_is_installed_is_what_is_discovered_and_is_looked_for_once() -> None:
    assert templates.installed.__wrapped__().names() == templates.discover().names() == templates.names()
    assert templates.installed() is templates.installed()
