"""Where the numbers of the templates come from, in words: a default is a prior, and a reader should know whose."""

from __future__ import annotations

VENDOR = "a vendor's or an organisation's published default"
PRACTITIONER = "a practitioner's source"
JUDGEMENT = "our judgement"


def sources(probability: str, *, typical_duration: str = JUDGEMENT, category: str = JUDGEMENT) -> dict[str, str]:
    """The `Stage.provenance` of a stage that states all three priors.

    Args:
        probability, typical_duration, category: where the value of each comes from.

    >>> sources(VENDOR)["probability"]
    "a vendor's or an organisation's published default"
    """
    return {"probability": probability, "typical_duration": typical_duration, "category": category}
