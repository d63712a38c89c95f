"""Words, colours and lines that the notations share.

Kinds of stages differ by shape as well, so that nothing rests on colour alone. The hues are those of Okabe and Ito
(Color Universal Design, 2008), which people with any colour vision tell apart; the fills are light tints of them, on
which black text has a contrast of more than 7 to 1, and shades of blue for numbers, which print as shades of grey.
"""

from __future__ import annotations

from salesprocess.diagrams.picture import OUTSIDE, Arrow, Box, BoxKind, Picture

FILLS: dict[BoxKind, str] = {
    "open": "#DCEBF7",
    "won": "#CFEFE3",
    "lost": "#FBE0D0",
    "after_sale": "#F3E2EC",
    "former": "#FFFFFF",
}
BORDERS: dict[BoxKind, str] = {
    "open": "#0072B2",
    "won": "#009E73",
    "lost": "#D55E00",
    "after_sale": "#A0527F",
    "former": "#666666",
}
INK, LINE, FAINT, OUTSIDE_RULES, PAPER = "#111111", "#444444", "#888888", "#B34700", "#FFFFFF"
"""Text and taken moves; other moves; those of less weight; moves outside the rules; stages where a deal was not."""

_LIGHT, _DARK = (0xF4, 0xF9, 0xFE), (0x6B, 0xAE, 0xD6)


def heading(box: Box) -> list[str]:
    """The bold lines of a box: its title with the mark of the deal, and the value of the overlay."""
    mark = {"": "", "visited": "✓ "}.get(box.mark, "▶ ")
    return [f"{mark}{box.title}", *filter(None, [box.value])]


def small_print(box: Box) -> list[str]:
    """The plain lines under them."""
    numbers = [*box.numbers, *(["on hold"] if box.mark == "here, on hold" else [])]
    return [" · ".join(numbers)] if numbers else []


def label(arrow: Arrow) -> list[str]:
    """The lines beside an arrow: the numbers of the moves that took it, the value of the overlay, its words."""
    return [*filter(None, [numbered(arrow.steps), arrow.value]), *arrow.words]


def fill(box: Box, picture: Picture) -> str | None:
    """The fill that sets a box apart from its kind: by number, or white where the deal was not."""
    if box.shade is not None:
        return shade(box.shade)
    return PAPER if picture.deal is not None and not box.mark else None


def line(arrow: Arrow, picture: Picture) -> tuple[str, float]:
    """The colour and the width of an arrow; beside the moves of a deal, all others recede."""
    if arrow.is_taken:
        return (OUTSIDE_RULES if arrow.kind in OUTSIDE else INK), 4
    recedes = picture.deal is not None or arrow.is_backward or arrow.kind == "lose"
    return (FAINT, 1) if recedes else (LINE, 2)


def shade(depth: float) -> str:
    """The fill for a number, from light at 0 to dark at 1.

    >>> shade(0), shade(1)
    ('#F4F9FE', '#6BAED6')
    """
    return "#" + "".join(f"{round(low + (high - low) * depth):02X}" for low, high in zip(_LIGHT, _DARK, strict=True))


def numbered(steps: tuple[int, ...]) -> str:
    """The numbers of moves, in circles as far as there are such signs.

    >>> numbered((1, 4, 21))
    '①④(21)'
    """
    return "".join(chr(0x2460 + step - 1) if step <= 20 else f"({step})" for step in steps)


def printable(text: str) -> str:
    r"""The text with line breaks as `\n`, control characters as their pictures, and lone surrogates as U+FFFD.

    Drawing tools drop or refuse those characters.

    >>> printable("a\r\nb\x00")
    'a\nb␀'
    """
    return "".join(map(_seen, "\n".join(text.splitlines())))


def _seen(character: str) -> str:
    code = ord(character)
    if code < 0x20 and character != "\n":
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    unseen = 0x80 <= code < 0xA0 or 0xD800 <= code < 0xE000 or code & 0xFFFE == 0xFFFE
    return "\ufffd" if unseen else character
