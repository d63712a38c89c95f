"""What can be wrong with a template that somebody asks for; each says which package has to mend it."""

from __future__ import annotations

from collections.abc import Sequence

from salesprocess.errors import SalesProcessError, UnknownName


class UnknownVersion(UnknownName):
    """The template has no such version."""

    what = "version"


class UnknownLanguage(UnknownName):
    """Nobody has written the template in this language; a mapping from the keys of `process.texts()` is one's own."""

    what = "language"


class UnknownPackage(UnknownName):
    """No such package publishes a template of this name."""

    what = "package"


class UnknownOption(UnknownName):
    """The template does not take an option of this name; most take none, and are changed with `process.revise`."""

    what = "option"


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
