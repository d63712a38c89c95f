"""The processes of this organisation: every version that a stored deal follows."""

from salesprocess import Catalog, templates

CATALOG = Catalog([templates.load("startup")])
SERVES = "startup"
