"""Names that are not there: one class for each kind of name, all with the close matches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from salesprocess.errors.root import SalesProcessError


class UnknownName(SalesProcessError, LookupError):
    """Names that the rulebook does not have; the known ones are listed, the close ones first."""

    what: ClassVar[str] = "name"
    beside: ClassVar[str] = ""
    """What is recorded under other names, with `extra=True`."""

    def __init__(self, names: str | list[str] | tuple[str, ...], known: Iterable[str] = ()) -> None:
        self.names: tuple[str, ...] = tuple(names) if isinstance(names, list | tuple) else (names,)
        self.known = tuple(known)
        super().__init__(self.names, self.known)

    @property
    def name(self) -> str:
        """The first of the unknown names."""
        return self.names[0]

    @property
    def close(self) -> tuple[str, ...]:
        """The known names that look like the unknown ones."""
        from difflib import get_close_matches  # noqa: PLC0415 - only needed when something went wrong

        matches = (get_close_matches(str(name), self.known) for name in self.names)
        return tuple(dict.fromkeys(match for group in matches for match in group))

    def __str__(self) -> str:
        text = f"no {self.what} {', '.join(repr(name) for name in self.names)}"
        beside = f" ({self.beside}: extra=True)" if self.beside else ""
        if self.close:
            return f"{text}; did you mean {' or '.join(repr(name) for name in self.close)}?{beside}"
        return f"{text}; known: {', '.join(self.known) or 'none'}{beside}"


class UnknownStage(UnknownName):
    """No stage of this name that would do here."""

    what = "stage"


class UnknownTransition(UnknownName):
    """No transition of this name."""

    what = "transition"


class UnknownActivity(UnknownName):
    """No stage lists this activity; work outside the playbook is recorded with `extra=True`."""

    what = "activity"
    beside = "work outside the playbook"


class UnknownFact(UnknownName):
    """No `Fact` declares this name; `Policy(facts="free")` allows any."""

    what = "fact"


class UnknownTerm(UnknownName):
    """A deal has no term of this name."""

    what = "term"


class UnknownObjection(UnknownName):
    """The deal has no open objection of this number."""

    what = "open objection"


class UnknownApproval(UnknownName):
    """The deal has no approval in force of this subject."""

    what = "approval in force"


class UnknownSubject(UnknownName):
    """No criterion of the process asks for an approval of this; others are recorded with `extra=True`."""

    what = "subject of an approval"
    beside = "an approval that no criterion asks for"


class UnknownRole(UnknownName):
    """Criteria ask for this approval, none of them in this role; another is recorded with `extra=True`."""

    what = "role of an approval"
    beside = "an approval that no criterion asks for"


class UnknownRequirement(UnknownName):
    """The rulebook has no requirement of this name that could be waived."""

    what = "requirement"


class UnknownRule(UnknownName):
    """No criterion of the process has this code."""

    what = "criterion"


class UnknownProcess(UnknownName):
    """The catalog has no process of this name and version."""

    what = "process"


class UnknownDeal(UnknownName):
    """The book, or the forecast, has no deal of this id."""

    what = "deal"


class UnknownTemplate(UnknownName):
    """No template of this name."""

    what = "template"


class UnknownVersion(UnknownName):
    """The template has no such version."""

    what = "version"


class UnknownLanguage(UnknownName):
    """Nobody has written the words in this language; a mapping from their keys to texts is one's own."""

    what = "language"

    def __str__(self) -> str:
        return f"{super().__str__()} (or pass a mapping of texts)"


class UnknownPackage(UnknownName):
    """No such package publishes a template of this name."""

    what = "package"


class UnknownOption(UnknownName):
    """The template does not take an option of this name; most take none, and are changed with `process.revise`."""

    what = "option"


class UnknownField(UnknownName):
    """An import was told the column of something it does not read; facts have their own mapping."""

    what = "field"


class UnknownLabel(UnknownName):
    """No row of a log has this label."""

    what = "label"
