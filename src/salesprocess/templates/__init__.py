"""Ready rulebooks by name, so that a team can begin with a process it recognises and revise it later.

A template is an ordinary `Process`: read it, run it, or make your own of it with `process.revise`. Its numbers are
labelled priors, each with its source in `Stage.provenance`; history replaces them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from salesprocess.errors import UnknownTemplate

if TYPE_CHECKING:
    from salesprocess.process import Process

_NAMES = ("generic", "startup")
"""Each names the module beside this one that holds the rulebook as `PROCESS`; nothing is imported to know them."""


def names() -> tuple[str, ...]:
    """The templates there are.

    >>> names()
    ('generic', 'startup')
    """
    return _NAMES


def load(name: str) -> Process:
    """The template of this name; the same value every time.

    Args:
        name: one of `names()`.

    Raises:
        UnknownTemplate: there is none of this name; it lists the names that look like it.

    >>> load("generic")
    <Process generic version 1: prospecting → first_contact → ... → closing → won → follow_up → lost>
    >>> load("start-up")
    Traceback (most recent call last):
    salesprocess.errors.UnknownTemplate: no template 'start-up'; did you mean 'startup'?
    """
    if name not in _NAMES:
        raise UnknownTemplate(name, _NAMES)
    process: Process = import_module(f"{__name__}.{name}").PROCESS
    return process
