"""Templates as data: a JSON document becomes a template with every check that one in Python passes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from salesprocess import serialization
from salesprocess.errors import InvalidDocument
from salesprocess.process import Process
from salesprocess.templates.registry import Template

if TYPE_CHECKING:
    from salesprocess.criteria import Rule

_FIELDS = ("process", "languages", "language")


def read(document: object, criteria: Iterable[Rule[...]]) -> Template:
    """The template of a document; see `Template.from_document`."""
    if not isinstance(document, Mapping):
        raise InvalidDocument([("$", "wants an object with the document of a process under 'process'")])
    parts = cast("Mapping[str, Any]", document)
    faults = [(f"$.{key}", f"is unknown; known: {', '.join(_FIELDS)}") for key in parts if key not in _FIELDS]
    languages, language = parts.get("languages", {}), parts.get("language", "en")
    if not isinstance(language, str):
        faults.append(("$.language", "wants the code of a language, such as 'en'"))
    faults += _faults_of_languages(languages)
    process: Process | None = None
    try:
        process = serialization.load(parts.get("process"), Process, criteria=criteria)
    except InvalidDocument as invalid:
        faults += [(path.replace("$", "$.process", 1), message) for path, message in invalid.faults]
    if faults or process is None:
        raise InvalidDocument(faults)
    template = Template(process, languages, language)
    for words in template.languages.values():
        process.translated(words)
    return template


def _faults_of_languages(languages: object) -> list[tuple[str, str]]:
    if not isinstance(languages, Mapping):
        return [("$.languages", "wants an object with the texts of each language")]
    faults: list[tuple[str, str]] = []
    for code, texts in cast("Mapping[str, object]", languages).items():
        if not isinstance(texts, Mapping):
            faults.append((f"$.languages.{code}", "wants an object of texts by key"))
            continue
        faults.extend(
            (f"$.languages.{code}.{key}", "wants a text")
            for key, text in cast("Mapping[str, object]", texts).items()
            if not isinstance(text, str)
        )
    return faults


def write(template: Template) -> dict[str, Any]:
    """The document of a template; see `Template.to_document`."""
    return {
        "process": serialization.dump(template.process),
        "languages": {code: dict(texts) for code, texts in template.languages.items()},
        "language": template.language,
    }
