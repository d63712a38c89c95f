"""Colours that both notations share.

Kinds of stages differ by shape as well, so that nothing rests on colour alone. The hues are those of Okabe and Ito
(Color Universal Design, 2008), which people with any colour vision tell apart; the fills are light tints of them, on
which black text has a contrast of more than 7 to 1, and shades of blue for numbers, which print as shades of grey.
"""

from __future__ import annotations

from salesprocess.diagrams.picture import BoxKind

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
INK, FAINT, OUTSIDE_RULES, PAPER = "#111111", "#777777", "#B34700", "#FFFFFF"
"""Text and taken moves; all other moves; moves outside the rules; the fill of stages that a deal did not visit."""

_LIGHT, _DARK = (0xF4, 0xF9, 0xFE), (0x6B, 0xAE, 0xD6)


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
