"""Ready rulebooks by name, so that a team can begin with a process it recognises and revise it later.

A template is an ordinary `Process`: read it, run it, or make your own of it with `process.revise`. Its numbers are
labelled priors, each with its source in `Stage.provenance`; history replaces them. Installed packages can publish more.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from salesprocess.templates.registry import GROUP, Registry, Source, Template, discover
from salesprocess.words import Language

if TYPE_CHECKING:
    from salesprocess.process import Process

__all__ = [
    "GROUP",
    "Registry",
    "Source",
    "Template",
    "discover",
    "installed",
    "load",
    "names",
    "template",
    "versions",
]


@cache
def installed() -> Registry:
    """The registry that `names` and `load` ask: what `discover` found when it was first needed."""
    return discover()


def names() -> tuple[str, ...]:
    """The templates there are: those of this package, then those of others. None of them is imported.

    >>> names()[:5]
    ('generic', 'startup', 'consulting', 'agency', 'car_dealer')
    """
    return installed().names()


def versions(name: str, *, package: str | None = None, **options: Any) -> tuple[int, ...]:
    """The versions of a template; see `Registry.versions`.

    >>> versions("startup")
    (1,)
    """
    return installed().versions(name, package=package, **options)


def template(name: str, *, version: int | None = None, package: str | None = None, **options: Any) -> Template:
    """The template with all its languages; see `Registry.template`.

    >>> template("startup").known_languages
    ('en', 'nb')
    """
    return installed().template(name, version=version, package=package, **options)


def load(
    name: str,
    *,
    version: int | None = None,
    language: Language | None = None,
    package: str | None = None,
    **options: Any,
) -> Process:
    """The rulebook of a template; see `Registry.load`.

    Args:
        name: one of `names()`.
        version: None is the highest.
        language: a code such as `"nb"`, or a text for every key of `process.texts()`; names, codes and fingerprint are
            the same in every language.
        package: who publishes it, where several packages claim the name.
        options: what the template takes; those of this package take none.

    Raises:
        UnknownTemplate: there is none of this name; it lists the names that look like it.
        UnknownLanguage, InvalidTranslation: the template cannot be had in this language.
        SalesProcessError: what else `Registry.load` raises.

    >>> load("generic")
    <Process generic version 1: prospecting → first_contact → ... → closing → won → follow_up → lost>
    >>> load("startup", language="nb").stage("proposal").label
    'Tilbud'
    >>> load("start-up")
    Traceback (most recent call last):
    salesprocess.errors.UnknownTemplate: no template 'start-up'; did you mean 'startup'?
    """
    return installed().load(name, version=version, language=language, package=package, **options)
