"""Write a picture in DOT, the notation of Graphviz."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from html import escape

from salesprocess.diagrams import looks
from salesprocess.diagrams.picture import DEAL, OPEN, Arrow, Box, BoxKind, Picture

_STYLES: dict[BoxKind, str] = {
    "open": 'style="filled,rounded{}"',
    "won": 'peripheries=2 style="filled,rounded{}"',
    "lost": 'style="filled,diagonals{}"',
    "after_sale": 'shape=tab style="filled{}"',
    "former": 'style="filled{}"',
}
_WIDTH = 34
"""Letters in a line: Graphviz does not break lines itself."""


def digraph(picture: Picture) -> str:
    """The picture as DOT text, ending in a line break."""
    return "\n".join(_statements(picture)) + "\n"


def _statements(picture: Picture) -> Iterator[str]:
    font = 'fontname="Helvetica,Arial,sans-serif"'
    notes = _bold([picture.title], "LEFT") + _small(picture.notes, "LEFT", 3 * _WIDTH)
    yield "digraph process {"
    yield f"  graph [rankdir={picture.direction} compound=true nodesep=0.35 ranksep=0.45 labeljust=l labelloc=t {font}"
    yield f"    label=<{notes}<BR/>>]"
    yield f'  node [shape=box margin="0.16,0.08" fontsize=12 fontcolor="{looks.INK}" {font}]'
    yield f'  edge [fontsize=11 fontcolor="{looks.INK}" arrowsize=0.8 {font}]'
    if picture.framed:
        yield f'  subgraph cluster_open {{ style="dotted,rounded" color="{looks.FAINT}" label="" margin=14'
        yield from (f"    {_node(box, picture)}" for box in picture.boxes if box.name in picture.framed)
        yield "  }"
    yield from (f"  {_node(box, picture)}" for box in picture.boxes if box.name not in picture.framed)
    if picture.deal is not None:
        colours = f'fillcolor="{looks.INK}" fontcolor="{looks.PAPER}"'
        yield f'  {_id(DEAL)} [style="filled,rounded" {colours} label=<{_bold([picture.deal])}>]'
    yield from (f"  {_edge(arrow, picture)}" for arrow in picture.arrows)
    yield "}"


def _id(name: str) -> str:
    return "record" if name == DEAL else f'"stage_{name}"'


def _node(box: Box, picture: Picture) -> str:
    pen = {"": 1.5, "visited": 3}.get(box.mark, 5)
    border = looks.INK if box.is_here else looks.BORDERS[box.kind]
    style = _STYLES[box.kind].format(",dashed" if box.dashed else "")
    fill = looks.fill(box, picture) or looks.FILLS[box.kind]
    text = _bold(looks.heading(box)) + _small(looks.small_print(box))
    for heading, sentences in box.wants:
        text += f"<I>{_small([heading], 'LEFT')}</I>{_small((f'• {each}' for each in sentences), 'LEFT')}"
    return f'{_id(box.name)} [{style} fillcolor="{fill}" color="{border}" penwidth={pen} label=<{text}>]'


def _edge(arrow: Arrow, picture: Picture) -> str:
    colour, width = looks.line(arrow, picture)
    style = [f'color="{colour}" penwidth={width}']
    if arrow.is_dotted:
        style.append("style=dashed")
    if arrow.kind == "advance":
        style.append("weight=20")
    if arrow.is_backward:
        style.append("constraint=false")
    if words := looks.label(arrow):
        style.append(f"label=<{_small(words, 'LEFT')}>")
    source = arrow.source
    if source == OPEN:  # Graphviz joins stages only, and cuts the line off at the frame around them
        source = picture.framed[len(picture.framed) // 2]
        style.append("ltail=cluster_open")
    return f"{_id(source)} -> {_id(arrow.destination)} [{' '.join(style)}]"


def _bold(lines: Iterable[str], align: str = "CENTER") -> str:
    return "".join(f"<B>{line}</B>{_end(align)}" for each in lines for line in _wrapped(each, _WIDTH))


def _small(lines: Iterable[str], align: str = "CENTER", width: int = _WIDTH) -> str:
    size = '<FONT POINT-SIZE="10">'
    return "".join(f"{size}{line}</FONT>{_end(align)}" for each in lines for line in _wrapped(each, width))


def _end(align: str) -> str:
    return f'<BR ALIGN="{align}"/>'


def _wrapped(text: str, width: int) -> Iterator[str]:
    """The lines of the text, none of them too long; those after a bullet are indented. An empty line has a space."""
    indent = "   " if text.startswith("•") else ""
    for part in looks.printable(text).split("\n"):
        yield from map(escaped, textwrap.wrap(part, width, subsequent_indent=indent) or [" "])


def escaped(text: str) -> str:
    r"""One line of text inside an HTML-like label, where it means nothing but itself.

    Graphviz replaces `\N` by the name of the node, and so on, even there: an invisible joiner parts the two signs.

    >>> escaped("R&D <b>")
    'R&amp;D &lt;b&gt;'
    """
    return escape(re.sub(r"\\(?=[NGETHL])", "\\\\\u2060", looks.printable(text)))
