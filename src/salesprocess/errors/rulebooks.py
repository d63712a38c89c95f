"""What is wrong with a process, a template, a translation or a document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from salesprocess.errors.root import SalesProcessError

if TYPE_CHECKING:
    from salesprocess.verdicts import Finding


class InvalidProcess(SalesProcessError, ValueError):
    """A process contradicts itself; `findings` lists every error at once."""

    def __init__(self, name: str, findings: Sequence[Finding]) -> None:
        super().__init__(name, tuple(findings))
        self.name, self.findings = name, tuple(findings)

    def __str__(self) -> str:
        lines = [f"- {finding.subject}: {finding.message} [{finding.code}]" for finding in self.findings]
        return "\n".join([f"the process {self.name!r} cannot be built:", *lines])


class InvalidCriterion(SalesProcessError, TypeError):
    """A criterion was given parameters that its rule does not take."""


class ProcessClash(SalesProcessError, ValueError):
    """Two different rulebooks carry the same name and version."""

    def __init__(self, name: str, version: int) -> None:
        super().__init__(name, version)
        self.name, self.version = name, version

    def __str__(self) -> str:
        return f"two different processes are called {self.name!r} version {self.version}; give one a higher version"


class TemplateClash(SalesProcessError, LookupError):
    """Several packages publish a template under one `name`, and nothing says which of `packages` is meant."""

    def __init__(self, name: str, packages: Sequence[str]) -> None:
        super().__init__(name, tuple(packages))
        self.name, self.packages = name, tuple(packages)

    def __str__(self) -> str:
        return (
            f"the template {self.name!r} is published by {' and by '.join(self.packages)}; say which one with "
            f"package={self.packages[0]!r}, or remove a package"
        )


class BrokenTemplate(SalesProcessError, LookupError):
    """What `package` publishes under `name` is no template, or fails; `why` says how, and its error is the cause."""

    def __init__(self, name: str, package: str, why: str) -> None:
        super().__init__(name, package, why)
        self.name, self.package, self.why = name, package, why

    def __str__(self) -> str:
        return f"the template {self.name!r} of the package {self.package!r} is broken: {self.why}"


class InvalidTranslation(SalesProcessError, ValueError):
    """A translation that is not complete, or says what is not there: every `missing` and every `unknown` key."""

    def __init__(self, process: str, missing: Sequence[str], unknown: Sequence[str]) -> None:
        super().__init__(process, tuple(missing), tuple(unknown))
        self.process, self.missing, self.unknown = process, tuple(missing), tuple(unknown)

    def __str__(self) -> str:
        lines = [f"- missing: {key}" for key in self.missing] + [f"- unknown: {key}" for key in self.unknown]
        return "\n".join([f"the translation of {self.process!r} does not fit; process.texts() gives its keys:", *lines])


class InvalidDocument(SalesProcessError, ValueError):
    """Data that is not a document of the wanted kind; `faults` lists every place as a path and what is wrong there."""

    _SHOWN: ClassVar[int] = 50

    def __init__(self, faults: Iterable[tuple[str, str]]) -> None:
        self.faults = tuple((path, message) for path, message in faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        told = [f"- {path}: {message}" for path, message in self.faults[: self._SHOWN]]
        more = len(self.faults) - len(told)
        return "\n".join(["the document cannot be read:", *told, *([f"- and {more} more"] if more else [])])
