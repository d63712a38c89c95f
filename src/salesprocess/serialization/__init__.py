"""Dict and JSON forms of the library's values, that a store can keep for years and a person can write by hand."""

from salesprocess.errors import InvalidDocument
from salesprocess.serialization.documents import dump, load, load_deals
from salesprocess.serialization.schema import process_schema
from salesprocess.serialization.versions import SCHEMA

__all__ = ["SCHEMA", "InvalidDocument", "dump", "load", "load_deals", "process_schema"]
