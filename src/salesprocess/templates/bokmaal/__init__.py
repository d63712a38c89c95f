"""The templates of this package in Norwegian Bokmål: one module a template, a text for every key."""

from __future__ import annotations

from collections.abc import Mapping

MOVES: Mapping[str, str] = {
    "moves.advance": "Gå videre til {stage}",
    "moves.move": "Flytt til {stage}",
    "moves.back": "Tilbake til {stage}",
    "moves.win": "Merk som vunnet",
    "moves.lose": "Merk som tapt",
    "moves.reopen": "Gjenåpne i {stage}",
    "moves.open": "Åpne i {stage}",
    "moves.override": "Unntak til {stage}",
}
"""What the standard moves are called, in every template alike."""
