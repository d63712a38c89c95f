"""Templates by name as a value: those of this package, those that installed packages publish, and a program's own.

A package publishes a template through the entry-point group `salesprocess.templates`: the name of the entry point is
that of the template, and what it points to is a `Template`, a `Process`, a list of them as its versions, or a function
that makes one of these from options.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import attrs

from salesprocess.errors import (
    BrokenTemplate,
    InvalidTranslation,
    TemplateClash,
    UnknownLanguage,
    UnknownOption,
    UnknownPackage,
    UnknownTemplate,
    UnknownVersion,
)
from salesprocess.frozen import EMPTY, FrozenDict, frozen_dict

if TYPE_CHECKING:
    from salesprocess.criteria import Rule
    from salesprocess.process import Process
from salesprocess.words import Language, lookup

GROUP = "salesprocess.templates"
"""The entry-point group in which packages publish templates."""

OWN = "salesprocess"
"""The package whose templates are always there."""

NAMES = ("generic", "startup", "consulting", "agency", "car_dealer")
"""Its templates; each names the module beside this one that holds it as `TEMPLATE`."""


def _languages(values: Mapping[str, Mapping[str, str]]) -> FrozenDict[str, FrozenDict[str, str]]:
    return FrozenDict((language, frozen_dict(texts)) for language, texts in values.items())


@attrs.frozen
class Template:
    """A rulebook to begin with, and its words in other languages.

    Args:
        process: the rulebook.
        languages: by the code of a language, a text for every key of `process.texts()`.
        language: the code of the language in which the rulebook itself is written.

    >>> from salesprocess import templates
    >>> generic = templates.template("generic")
    >>> generic.known_languages
    ('en', 'nb')
    >>> generic.speak("nb").stage("closing").label
    'Avslutning'
    """

    process: Process
    languages: FrozenDict[str, FrozenDict[str, str]] = attrs.field(default=EMPTY, converter=_languages)
    language: str = "en"

    @property
    def known_languages(self) -> tuple[str, ...]:
        """The languages in which the rulebook can be had, its own first."""
        return (self.language, *(code for code in self.languages if code != self.language))

    def speak(self, language: Language | None = None) -> Process:
        """The rulebook in a language; None leaves it as it is written.

        Raises:
            UnknownLanguage: there are no words in this language.
            InvalidTranslation: the words lack some key or have too many; all are listed.
        """
        if language is None or language == self.language:
            return self.process
        if not isinstance(language, str):
            return self.process.translated(language)
        found = lookup(language, self.known_languages)
        if found is None:
            raise UnknownLanguage(language, self.known_languages)
        return self.process if found == self.language else self.process.translated(self.languages[found])

    @classmethod
    def from_document(cls, document: object, *, criteria: Iterable[Rule[...]] = ()) -> Template:
        """The template of a JSON document, with every check that a template in Python passes.

        Args:
            document: what `json.loads` yields: the document of a process under `process` and, where there are any,
                `languages` and `language`.
            criteria: rules of one's own that the document names.

        Raises:
            errors.InvalidDocument: it is no such document; every fault is listed with its path.
            InvalidProcess: the process contradicts itself.
            InvalidTranslation: a language lacks some key or has too many.
        """
        from salesprocess.templates.documents import read  # noqa: PLC0415 - few programs read templates from data

        return read(document, criteria)

    def to_document(self) -> dict[str, Any]:
        """The template as data, ready for `json.dumps`; `from_document` makes an equal one of it."""
        from salesprocess.templates.documents import write  # noqa: PLC0415

        return write(self)


@attrs.frozen
class Source:
    """Where a template comes from; it is read when somebody asks for the template, and may raise anything then.

    Args:
        name: the name of the template.
        package: who publishes it.
        read: gives what is published.
    """

    name: str
    package: str
    read: Callable[[], object]


def _given(value: object) -> object:
    return value


def _sources(values: Iterable[Source]) -> tuple[Source, ...]:
    return tuple(values)


@attrs.frozen
class Registry:
    """Templates by name; a value, so that a test or a program can have its own.

    Args:
        sources: where the templates come from.

    A source that is broken, and a name that two packages claim, is an error for who asks for it and for nobody else.

    >>> from salesprocess import Process, Stage
    >>> solar = Process("solar", stages=[Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> registry = Registry.of(solar=solar)
    >>> registry.load("solar")
    <Process solar version 1: offer → won → lost>
    >>> from salesprocess import templates
    >>> (templates.installed() + registry).names()[-1]
    'solar'
    """

    sources: tuple[Source, ...] = attrs.field(converter=_sources)

    @classmethod
    def of(cls, package: str = "here", /, **templates: object) -> Registry:
        """The registry of these templates by name.

        Args:
            package: what to call the place that they come from.
            templates: anything that an entry point may point to.
        """
        return cls(Source(name, package, partial(_given, value)) for name, value in templates.items())

    def __add__(self, other: Registry) -> Registry:
        return Registry((*self.sources, *other.sources))

    def names(self) -> tuple[str, ...]:
        """The names of the templates, each once, also of those that turn out to be broken; nothing is imported."""
        return tuple(dict.fromkeys(source.name for source in self.sources))

    def packages(self, name: str) -> tuple[str, ...]:
        """The packages that publish a template of this name; when there are several, they clash.

        Raises:
            UnknownTemplate: there is none of this name.
        """
        return tuple(source.package for source in self._claims(name))

    def versions(self, name: str, *, package: str | None = None, **options: Any) -> tuple[int, ...]:
        """The versions of a template, in ascending order.

        Raises:
            UnknownTemplate, UnknownPackage, TemplateClash, BrokenTemplate, UnknownOption: as for `template`.
        """
        return tuple(sorted(_editions(self._source(name, package), options)))

    def template(
        self, name: str, *, version: int | None = None, package: str | None = None, **options: Any
    ) -> Template:
        """The template with all its languages.

        Args:
            name: one of `names()`.
            version: one of `versions(name)`; None is the highest.
            package: who publishes it, where several claim the name.
            options: what a template that is a function takes; the others take none.

        Raises:
            UnknownTemplate: there is none of this name.
            UnknownPackage: this package publishes none of this name.
            TemplateClash: several packages claim the name, and `package` does not say which.
            UnknownVersion: the template has no such version.
            UnknownOption: the template does not take one of the options.
            BrokenTemplate: what is published fails, or is something else; the error is the cause.
        """
        editions = _editions(self._source(name, package), options)
        chosen = max(editions) if version is None else version
        if chosen not in editions:
            raise UnknownVersion(str(chosen), map(str, sorted(editions)))
        return editions[chosen]

    def load(
        self,
        name: str,
        *,
        version: int | None = None,
        language: Language | None = None,
        package: str | None = None,
        **options: Any,
    ) -> Process:
        """The rulebook of a template, in a language.

        Args:
            name, version, package, options: as for `template`.
            language: the code of a language that the template knows, or a text for every key of `process.texts()`; None
                leaves the rulebook as it is written.

        Raises:
            UnknownTemplate, UnknownPackage, TemplateClash: as for `template`.
            UnknownVersion, UnknownOption, BrokenTemplate: as for `template`.
            UnknownLanguage, InvalidTranslation: as for `Template.speak`; words that the package itself left incomplete
                make the template broken.
        """
        template = self.template(name, version=version, package=package, **options)
        try:
            return template.speak(language)
        except InvalidTranslation as invalid:
            if isinstance(language, str):
                why = f"its language {language!r} is incomplete: {invalid}"
                raise BrokenTemplate(name, self._source(name, package).package, why) from invalid
            raise

    def _claims(self, name: str) -> list[Source]:
        claims = [source for source in self.sources if source.name == name]
        if not claims:
            raise UnknownTemplate(name, self.names())
        return claims

    def _source(self, name: str, package: str | None) -> Source:
        claims = self._claims(name)
        packages = [source.package for source in claims]
        if package is not None:
            claims = [source for source in claims if source.package == package]
            if not claims:
                raise UnknownPackage(package, packages)
        if len(claims) > 1:
            raise TemplateClash(name, packages)
        return claims[0]


def _editions(source: Source, options: Mapping[str, Any]) -> dict[int, Template]:
    """What a source publishes, by version.

    Raises:
        UnknownOption: it does not take one of the options.
        BrokenTemplate: it fails, or is something else.
    """
    value = _guarded(source, source.read)
    if callable(value) and not isinstance(value, type):
        make: Callable[..., object] = value
        if options:
            _check_options(source, make, options)
        value = _guarded(source, partial(make, **options))
    elif options:
        raise UnknownOption(list(options))
    editions: dict[int, Template] = {}
    for each in _templates(source, value):
        if editions.setdefault(each.process.version, each) is not each:
            raise BrokenTemplate(source.name, source.package, f"it has version {each.process.version} twice")
    return editions


def _guarded(source: Source, call: Callable[[], object]) -> object:
    """What the code of another package returns; whatever it raises is told as its fault."""
    try:
        return call()
    except Exception as error:
        raise BrokenTemplate(source.name, source.package, f"{type(error).__name__}: {error}") from error


def _check_options(source: Source, make: Callable[..., object], options: Mapping[str, Any]) -> None:
    from inspect import Parameter, Signature, signature  # noqa: PLC0415 - only for templates with options

    taken = cast("Signature", _guarded(source, partial(signature, make))).parameters.values()
    if any(each.kind is Parameter.VAR_KEYWORD for each in taken):
        return
    known = [each.name for each in taken if each.kind in (Parameter.KEYWORD_ONLY, Parameter.POSITIONAL_OR_KEYWORD)]
    unknown = [name for name in options if name not in known]
    if unknown:
        raise UnknownOption(unknown, known)


def _templates(source: Source, value: object) -> Iterator[Template]:
    from salesprocess.process import Process  # noqa: PLC0415 - to know the names of templates needs no engine

    several = cast("Iterable[object]", value) if isinstance(value, tuple | list) else (value,)
    found = [Template(each) if isinstance(each, Process) else each for each in several]
    if not found:
        raise BrokenTemplate(source.name, source.package, "it holds no template")
    for each in found:
        if not isinstance(each, Template):
            raise BrokenTemplate(source.name, source.package, f"{each!r} is neither a Template nor a Process")
        yield each


def discover() -> Registry:
    """The registry of this package and of every installed one that publishes templates, as they are at this moment.

    The one place that looks outside: it reads the metadata of the installed packages, which is what a registry of
    plug-ins is for. It imports none of them.

    >>> "startup" in discover().names()
    True
    """
    from importlib import import_module, metadata  # noqa: PLC0415 - costs more than all the rest

    def own(name: str) -> Callable[[], object]:
        return lambda: import_module(f"salesprocess.templates.{name}").TEMPLATE

    found = sorted(metadata.entry_points(group=GROUP), key=lambda each: (each.name, each.value))
    others = (Source(each.name, each.dist.name if each.dist else "unknown", each.load) for each in found)
    return Registry((*(Source(name, OWN, own(name)) for name in NAMES), *others))
