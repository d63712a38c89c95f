"""Texts that break careless writers of Mermaid, DOT and HTML, and processes and deals that are full of them."""

from datetime import timedelta

from hypothesis import strategies as st

from salesprocess import Activity, Deal, LossReason, Policy, Process, Stage, Transition
from salesprocess import criteria as c
from tests.solar import AT

NASTY = (
    'a "quoted" word',
    "it's <script>alert(1)</script>",
    "<b>bold</b> & &lt;i&gt; &amp;",
    "two\nlines\r\nand three",
    "[brackets] {braces} (parentheses) |pipes|",
    "100 %% off; #1 #35; #quot;",
    "back\\slash \\N \\G \\n \\",
    "end",
    "1. first",
    "- item",
    "**bold** _it_ `code`",
    "$$x^2$$ $$$",
    "fa:fa-car http://example.com www.example.com",
    "-->|x| B",
    "Größe, 東京, عربى, 😀",
    "click x call y()",
    "@{ shape: circle }",
    "zero\x00bell\x07escape\x1b[31m",
    "\ud800 \uffff \u2028 \x85",
    "]:::x",
)

KEYWORDS = ("end", "graph", "class", "subgraph", "style", "default", "click", "node", "edge", "strict", "o-x", "x--o")


def texts() -> st.SearchStrategy[str]:
    return st.text(max_size=12) | st.sampled_from(NASTY) | st.lists(st.sampled_from(NASTY), max_size=3).map("".join)


def process_of(label: str) -> Process:
    """A process that says `label` wherever a label may stand."""
    return Process(
        "graph",
        label=label,
        stages=[
            Stage("end", label=label, activities=[Activity("call", required=True, label=label)]),
            Stage("subgraph", label=label, optional=True, exit=[c.approved(label.strip() or "x")]),
            Stage("x--o", label=label, typical_duration=timedelta(days=1)),
            Stage.won("style", label=label),
            Stage.after_sale("default", label=label),
            Stage.lost("class", label=label, reasons=[LossReason("price", label=label)]),
        ],
        transitions=[Transition("jump", "end", "x--o", label=label, criteria=[c.approved(label.strip() or "x")])],
        policy=Policy(override="recorded"),
    )


def deal_of(label: str, process: Process) -> Deal:
    """A deal that is called `label`, and has an override on record."""
    deal = process.open(label, at=AT, stage="end")
    return process.override(deal, "x--o", at=AT, by="ola", reason=label)
