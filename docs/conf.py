"""Sphinx configuration."""

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.highlighting import lexers

sys.path.insert(0, str(Path(__file__).parent))  # for pictures.py

project = "salesprocess"
author = "salesprocess maintainers"
project_copyright = "2026, salesprocess maintainers"
release = version = installed_version("salesprocess")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "pictures"]
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_google_docstring = True
napoleon_numpy_docstring = False

# A build needs no network, so names of other projects and of the standard library stay without a link.
# What begins with the name of this package must be found, but for type variables, which have no entry of their own.
nitpick_ignore_regex = [("py:.*", r"(?!salesprocess(\.|$)).*"), ("py:class", r"salesprocess\..*\.[A-Z]")]

html_theme = "furo"
html_title = f"salesprocess {release}"

# Mermaid has no lexer; code hosts draw it, and here it is text.
lexers["mermaid"] = TextLexer()
