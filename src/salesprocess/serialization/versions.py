"""Which schema a document is written in, and how older ones become the present one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from salesprocess.serialization.faults import Faults, fault, shown, wants

SCHEMA = 1
"""The version of the schema in which documents are written."""

Document = dict[str, Any]

Upgrade = Callable[[Document], Document]
"""Makes of a document the same one in the next schema; it may change the dict that it is given, not its parts."""

UPGRADES: Mapping[int, Mapping[object, Upgrade]] = {}
"""For each older schema, the upgrade of each kind of document that changed after it."""


def current(data: object, kind: object) -> tuple[Document, Faults]:
    """A copy of the document in the present schema, without its `schema`, and the fault when that is missing.

    Raises:
        InvalidDocument: it is no object, or its schema is not one that this version reads.
    """
    if not isinstance(data, dict):
        raise wants("an object", data)
    document: Document = cast("Document", data).copy()
    if "schema" not in document:
        return document, (("$.schema", f"is missing; what this version writes is {SCHEMA}"),)
    schema = document.pop("schema")
    if type(schema) is not int or schema < 1:
        raise fault(f"wants a whole number from 1, got {shown(schema)}", "schema")
    if schema > SCHEMA:
        newest = f"{SCHEMA}, the newest that this version of salesprocess reads"
        raise fault(f"the schema {shown(schema)} is newer than {newest}", "schema")
    for older in range(schema, SCHEMA):
        document = UPGRADES.get(older, {}).get(kind, _unchanged)(document)
    return document, ()


def _unchanged(document: Document) -> Document:
    return document
