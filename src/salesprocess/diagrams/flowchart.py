"""Write a picture as a Mermaid flowchart, the notation that code hosts and wikis draw inside Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from salesprocess.diagrams import looks
from salesprocess.diagrams.picture import DEAL, OPEN, OUTSIDE, Arrow, Box, BoxKind, Picture

_SHAPES: dict[BoxKind, tuple[str, str]] = {
    "open": ("(", ")"),
    "won": ("([", "])"),
    "lost": ("{{", "}}"),
    "after_sale": ("[[", "]]"),
    "former": ("[", "]"),
}


def flowchart(picture: Picture, direction: str) -> str:
    """The picture as Mermaid text, ending in a line break."""
    return "\n".join(_lines(picture, direction)) + "\n"


def _lines(picture: Picture, direction: str) -> Iterator[str]:
    yield f"flowchart {direction}"
    yield from (
        f"  classDef {kind} fill:{looks.FILLS[kind]},stroke:{looks.BORDERS[kind]},stroke-width:2px,color:{looks.INK}"
        for kind in _SHAPES
    )
    yield f"  classDef note fill:{looks.PAPER},stroke:none,color:{looks.INK},text-align:left"
    yield f"  classDef deal fill:{looks.INK},stroke:{looks.INK},color:{looks.PAPER}"
    boxes = {box.name: box for box in picture.boxes}
    if picture.framed:
        yield f'  subgraph {_id(OPEN)}[" "]'
        yield f"    direction {direction}"
        yield from (f"    {_node(boxes[name])}" for name in picture.framed)
        yield "  end"
        yield f"  style {_id(OPEN)} fill:none,stroke:{looks.FAINT},stroke-dasharray:2 4"
    yield from (f"  {_node(box)}" for box in picture.boxes if box.name not in picture.framed)
    if picture.deal is not None:
        yield f'  {_id(DEAL)}(["{escaped(picture.deal)}"]):::deal'
    yield from (f"  {_link(arrow)}" for arrow in picture.arrows)
    yield from (f"  linkStyle {place} {_line(arrow)}" for place, arrow in enumerate(picture.arrows))
    yield from (f"  style {_id(box.name)} {style}" for box in picture.boxes if (style := _style(box, picture)))
    yield f'  note["<b>{escaped(picture.title)}</b>{"".join(f"<br/>{escaped(note)}" for note in picture.notes)}"]:::note'


def _id(name: str) -> str:
    """An identifier that is no word of the notation; hyphens, which could read as a link, become `H`."""
    return {OPEN: "open_stages", DEAL: "record"}.get(name) or f"stage_{name.replace('-', 'H')}"


def _node(box: Box) -> str:
    left, right = _SHAPES[box.kind]
    mark = {"": "", "visited": "✓ "}.get(box.mark, "▶ ")
    lines = [f"<b>{mark}{escaped(box.title)}</b>"]
    if box.value:
        lines.append(f"<b>{escaped(box.value)}</b>")
    if box.mark == "here, on hold":
        lines.append("on hold")
    if box.numbers:
        lines.append(escaped(" · ".join(box.numbers)))
    lines += [f"<i>{heading}:</i> {escaped(text)}" for heading, text in box.wants]
    return f'{_id(box.name)}{left}"{"<br/>".join(lines)}"{right}:::{box.kind}'


def _link(arrow: Arrow) -> str:
    words = [*(_value(arrow)), *arrow.words]
    if arrow.steps:
        words.insert(0, looks.numbered(arrow.steps))
    line = "-.->" if arrow.dashed or arrow.kind in (*OUTSIDE, "back", "reopen", "valued") else "-->"
    label = f'|"{"<br/>".join(escaped(each) for each in words)}"|' if words else ""
    return f"{_id(arrow.source)} {line}{label} {_id(arrow.destination)}"
