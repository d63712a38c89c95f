"""Write a picture as a Mermaid flowchart, the notation that code hosts and wikis draw inside Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from salesprocess.diagrams import looks
from salesprocess.diagrams.picture import DEAL, OPEN, Arrow, Box, BoxKind, Picture

_SHAPES: dict[BoxKind, tuple[str, str]] = {
    "open": ("(", ")"),
    "won": ("[[", "]]"),
    "lost": ("{{", "}}"),
    "after_sale": ("[/", "/]"),
    "former": ("[", "]"),
}


def flowchart(picture: Picture) -> str:
    """The picture as Mermaid text, ending in a line break."""
    return "\n".join(_lines(picture)) + "\n"


def _lines(picture: Picture) -> Iterator[str]:
    yield f"flowchart {picture.direction}"
    text = f"color:{looks.INK},text-align:left"
    for kind in _SHAPES:
        yield f"  classDef {kind} fill:{looks.FILLS[kind]},stroke:{looks.BORDERS[kind]},stroke-width:2px,{text}"
    yield f"  classDef note fill:{looks.PAPER},stroke:none,{text}"
    yield f"  classDef deal fill:{looks.INK},stroke:{looks.INK},color:{looks.PAPER}"
    boxes = {box.name: box for box in picture.boxes}
    if picture.framed:
        yield f'  subgraph {_id(OPEN)}[" "]'
        yield f"    direction {picture.direction}"
        yield from (f"    {_node(boxes[name])}" for name in picture.framed)
        yield "  end"
        yield f"  style {_id(OPEN)} fill:none,stroke:{looks.FAINT},stroke-dasharray:2 4"
    yield from (f"  {_node(box)}" for box in picture.boxes if box.name not in picture.framed)
    if picture.deal is not None:
        yield f'  {_id(DEAL)}(["{escaped(picture.deal)}"]):::deal'
    yield from (f"  {_link(arrow)}" for arrow in picture.arrows)
    yield from (f"  linkStyle {place} {_line(arrow, picture)}" for place, arrow in enumerate(picture.arrows))
    yield from (f"  style {_id(box.name)} {style}" for box in picture.boxes if (style := _style(box, picture)))
    yield f'  note["{_broken([_bold(picture.title), *map(escaped, picture.notes)])}"]:::note'


def _id(name: str) -> str:
    """An identifier that is no word of the notation; hyphens, which could read as a link, become `H`."""
    return {OPEN: "open_stages", DEAL: "record"}.get(name) or f"stage_{name.replace('-', 'H')}"


def _node(box: Box) -> str:
    left, right = _SHAPES[box.kind]
    lines = [*map(_bold, looks.heading(box)), *map(escaped, looks.small_print(box))]
    for heading, sentences in box.wants:
        lines += [f"<i>{escaped(heading)}</i>", *(f"• {escaped(each)}" for each in sentences)]
    return f'{_id(box.name)}{left}"{_broken(lines)}"{right}:::{box.kind}'


def _link(arrow: Arrow) -> str:
    words = looks.label(arrow)
    label = f'|"{_broken(map(escaped, words))}"|' if words else ""
    line = "-.->" if arrow.is_dotted else "==>" if arrow.is_taken else "-->"
    return f"{_id(arrow.source)} {line}{label} {_id(arrow.destination)}"


def _line(arrow: Arrow, picture: Picture) -> str:
    colour, width = looks.line(arrow, picture)
    return f"stroke:{colour},stroke-width:{width}px,color:{looks.INK}"


def _style(box: Box, picture: Picture) -> str:
    """What sets one box apart from its kind."""
    styles = {
        "fill": looks.fill(box, picture),
        "stroke": looks.INK if box.is_here else None,
        "stroke-width": {"": None, "visited": "4px"}.get(box.mark, "6px"),
        "stroke-dasharray": "10 5" if box.dashed else None,
    }
    return ",".join(f"{name}:{value}" for name, value in styles.items() if value is not None)


def _bold(text: str) -> str:
    return f"<b>{escaped(text)}</b>"


def _broken(lines: Iterable[str]) -> str:
    return "<br/>".join(lines)


def escaped(text: str) -> str:
    r"""The text inside a quoted label, where it means nothing but itself.

    Words, commas and spaces stay readable, all else is told by number, line breaks as breaks. Two dollar signs in a
    row would begin a formula, `\n` would break the line and `fa:fa-car` would become a symbol even when told by number:
    an invisible joiner parts them.

    >>> escaped('roof_area, 50 % "off"')
    'roof_area, 50 #37; #34;off#34;'
    """
    joined = re.sub(r"\$(?=\$)|\\(?=n)|:(?=fa-)", "\\g<0>\u2060", looks.printable(text))
    return re.sub(r"(?<=[^\W_])[_-](?=[^\W_])|[^\W_]|[ ,]|(.)", _told, joined, flags=re.DOTALL)


def _told(match: re.Match[str]) -> str:
    return match[0] if match[1] is None else "<br/>" if match[1] == "\n" else f"#{ord(match[1])};"
