"""The sentences of the library, by key and language; texts of users' rules come with the rule.

A language is a mapping from keys to templates: the code of a reason, `<code>.hint` for what would help against it,
`value.*` and `span.*` for how values are written. What a mapping leaves out is said in English.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from string import Formatter
from typing import Any, Protocol, cast, runtime_checkable

from salesprocess.errors import UnknownLanguage
from salesprocess.given import mapping
from salesprocess.words.bokmaal import BOKMAAL
from salesprocess.words.english import ENGLISH

__all__ = [
    "BOKMAAL",
    "ENGLISH",
    "LANGUAGES",
    "Language",
    "Wordy",
    "has_hint",
    "hint",
    "known",
    "lookup",
    "plain",
    "render",
    "span",
]

Language = str | Mapping[str, str]
"""The name of a language that the library speaks, `en` or `nb`, or a mapping of one's own from keys to templates."""

LANGUAGES: dict[str, Mapping[str, str]] = {"en": ENGLISH, "nb": BOKMAAL}


@runtime_checkable
class Wordy(Protocol):
    """A value that says itself what it is called in a language."""

    def in_words(self, language: Language = "en") -> str:
        """The value in words."""
        ...


_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def span(value: timedelta, language: Language = "en") -> str:
    """A span by the clock, in the largest unit of which it has two, or exactly one; rounded to whole ones.

    >>> span(timedelta(days=7, hours=2)), span(timedelta(hours=36)), span(timedelta(days=1), "nb")
    ('7 days', '36 hours', '1 dag')
    """
    for size, unit in _UNITS:
        if value >= 2 * size:
            return render(f"span.{unit}s", language, {"count": round(value / size)})
        if value == size:
            return render(f"span.{unit}", language, {})
    return render("span.seconds", language, {"count": round(value.total_seconds())})


class _Said:
    """A value that is written as people of a language write it, unless a template says how."""

    def __init__(self, value: Any, language: Mapping[str, str]) -> None:
        self._value, self._language = value, language

    def __format__(self, how: str) -> str:
        return format(self._value, how) if how else plain(self._value, self._language)

    def __str__(self) -> str:
        return plain(self._value, self._language)

    def __repr__(self) -> str:
        return repr(self._value)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._value, name)


class _Shown(dict[str, Any]):
    """Values as people write them; a parameter that a template names and nobody gave stays visible."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def plain(value: object, language: Language = "en") -> str:
    """A value as people write it: several with commas, a span in words, an instant in UTC.

    >>> plain(("roof", True), "nb"), plain(datetime(2026, 1, 5, 9, tzinfo=UTC)), plain(timedelta(days=7))
    ('roof, ja', '2026-01-05 09:00 UTC', '7 days')
    """
    match value:
        case tuple():
            return ", ".join(plain(item, language) for item in cast("tuple[object, ...]", value))
        case bool():
            return _template("value.true" if value else "value.false", language)
        case None:
            return _template("value.none", language)
        case timedelta():
            return span(value, language)
        case datetime() if value.tzinfo is not None:
            value, exact = value.astimezone(UTC), value.second or value.microsecond
            return value.strftime(_template("value.instant.exact" if exact else "value.instant", language))
        case date() if not isinstance(value, datetime):
            return value.strftime(_template("value.date", language))
        case _:
            return value.in_words(language) if isinstance(value, Wordy) else str(value)


def lookup(tag: str, available: Collection[str]) -> str | None:
    """The language that a tag asks for (the lookup of RFC 4647, 3.4; Norwegian without more is Bokmål), or None.

    >>> lookup("nb-NO", ["en", "nb"]), lookup("no", ["en", "nb"]), lookup("sv", ["en", "nb"])
    ('nb', 'nb', None)
    """
    by_name = {name.lower(): name for name in available}
    wanted = tag.replace("_", "-").lower()
    while wanted and wanted not in by_name:
        wanted = "nb" if wanted == "no" else wanted.rpartition("-")[0]
    return by_name.get(wanted)


def known(language: Language) -> Mapping[str, str]:
    """The templates of a language by key; `nb-NO` finds `nb`.

    Raises:
        UnknownLanguage: the library does not know a language of this name.

    >>> known("nb")["on_hold"]
    'salget er satt på vent'
    """
    if not isinstance(language, str):
        return mapping(language, "language", "keys to texts, or the name of a language")
    if language in LANGUAGES:
        return LANGUAGES[language]
    found = lookup(language, LANGUAGES)
    if found is None:
        raise UnknownLanguage(language, LANGUAGES)
    return LANGUAGES[found]


def _template(key: str, language: Language, template: str = "") -> str:
    chosen = known(language)
    own = "" if chosen is ENGLISH else chosen.get(key, "")
    return own or template or ENGLISH.get(key, "")


def render(key: str, language: Language, values: Mapping[str, Any], template: str = "") -> str:
    """The text of a key in a language, with the values filled in; the key itself where there is none.

    In another language than English its own template wins; otherwise the rule's `template`, then the library's one.

    Raises:
        UnknownLanguage: the library does not know a language of this name.

    >>> render("on_hold", "nb", {})
    'salget er satt på vent'
    """
    return _fill(_template(key, language, template) or key, language, values)


def hint(code: str, language: Language, values: Mapping[str, Any], template: str = "") -> str:
    """What would help against `code`, in a language; empty when there is none, or none for this case.

    Advice that names a value which is None, such as a role that nobody needs to have, does not fit the case.

    Raises:
        UnknownLanguage: the library does not know a language of this name.

    >>> hint("on_hold", "nb", {})
    'ta salget opp igjen først'
    """
    chosen = _template(f"{code}.hint", language, template)
    lacking = any(values.get(name or "", "") is None for _, name, _, _ in Formatter().parse(chosen))
    return "" if lacking else _fill(chosen, language, values)


def has_hint(code: str) -> bool:
    """Whether the library has advice of its own for a code.

    >>> has_hint("on_hold"), has_hint("override.never")
    (True, False)
    """
    return f"{code}.hint" in ENGLISH


def _fill(template: str, language: Language, values: Mapping[str, Any]) -> str:
    words = known(language)
    return template.format_map(_Shown({key: _Said(value, words) for key, value in values.items()}))
