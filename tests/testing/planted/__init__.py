"""Faulty rulebooks, criteria, stores and forecasters, and what the kit prints for each: the proof that it finds them.

`python -m tests.testing.planted > docs/reference/planted-faults.md` writes the page that shows them.
"""

from tests.testing.planted import criteria, forecasters, rulebooks, stores
from tests.testing.planted.kinds import Fault

FAULTS: tuple[Fault, ...] = (*rulebooks.FAULTS, *criteria.FAULTS, *stores.FAULTS, *forecasters.FAULTS)
KINDS = {
    "process": "Rulebooks",
    "tests": "Tests of a rulebook",
    "criterion": "Criteria",
    "store": "Stores",
    "forecaster": "Forecasters",
}

_HEAD = f"""# What the kit finds

The tests of the library plant {len(FAULTS)} faults, of kinds that are made in earnest, and ask the kit for them. Below
is what it prints for each: the smallest example that it found. The faulty code is in `tests/testing/planted`; tests ask
for each fault again, and look for the lines that matter.
"""


def page() -> str:
    """The page, in Markdown."""
    parts = [_HEAD]
    for kind, title in KINDS.items():
        parts += [f"## {title}\n", *(fault.section() for fault in FAULTS if fault.kind == kind)]
    return "\n".join(parts)
