"""Templates of trades on the coast: one in two versions and two languages, one with options, and one that is data."""

import json
from decimal import Decimal
from importlib import resources

from salesprocess import Activity, Fact, Process, Stage
from salesprocess import criteria as c
from salesprocess.templates import Template

BOAT_YARD = Template(
    Process(
        "boat_yard",
        label="Boat yard",
        stages=[
            Stage("enquiry", 0.1, activities=[Activity("haul_out", label="Haul the boat out")]),
            Stage("offer", 0.4),
            Stage.won("ordered"),
            Stage.lost("lost", reasons=["price", "season"]),
        ],
    ),
    {
        "nb": {
            "label": "Båtverft",
            "stages.enquiry.label": "Forespørsel",
            "stages.enquiry.activities.haul_out.label": "Ta båten på land",
            "stages.offer.label": "Tilbud",
            "stages.ordered.label": "Bestilt",
            "stages.lost.label": "Tapt",
            "moves.advance": "Videre til {stage}",
            "moves.move": "Flytt til {stage}",
            "moves.back": "Tilbake til {stage}",
            "moves.win": "Bestill",
            "moves.lose": "Tap",
            "moves.reopen": "Gjenåpne i {stage}",
            "moves.open": "Åpne i {stage}",
            "moves.override": "Unntak til {stage}",
        }
    },
)
BOAT_YARDS = [Template(BOAT_YARD.process.revise(after={"enquiry": Stage("survey", 0.2)})), BOAT_YARD]
NAMES = ["boat_yard", "heat_pumps", "ferry"]


def heat_pumps(margin: str = "0.2") -> Process:
    """An installer of heat pumps; another margin is another process."""
    name = "heat_pumps" if margin == "0.2" else f"heat_pumps-{margin.replace('.', '-')}"
    return Process(
        name,
        facts=[Fact("margin", Decimal)],
        stages=[
            Stage("offer", 0.4, exit=[c.at_least("margin", Decimal(margin))]),
            Stage.won("ordered"),
            Stage.lost("lost"),
        ],
    )


def ferry() -> Template:
    """A ferry line, kept as data beside this file."""
    return Template.from_document(json.loads(resources.files("nordic_templates").joinpath("ferry.json").read_text()))


def failing() -> Process:
    """A template that does not do what it should."""
    raise RuntimeError("the tide is out")
