"""A Sphinx directive that shows what the Python blocks before it have drawn, so that no picture is out of date.

It runs the blocks of its page from the top, as the tests do, and shows the axes or the figure that its argument names.
"""

from __future__ import annotations

import warnings
from base64 import b64encode
from html import escape
from io import BytesIO
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Picture(SphinxDirective):
    """`{picture} ax` with the option `alt`, for those who do not see it."""

    required_arguments = 1
    option_spec: ClassVar[Any] = {"alt": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """The picture, inside the page."""
        page = self.env.current_document
        if "pictures" not in page:
            page["pictures"] = ({}, [])
        names, done = page["pictures"]
        for block in self.state.document.findall(nodes.literal_block):
            if block.get("language") == "python" and block not in done and not block.astext().startswith(">>>"):
                done.append(block)
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    exec(block.astext(), names)
        drawn = names[self.arguments[0]]
        figure = drawn.figure if isinstance(drawn, Axes) else drawn
        assert isinstance(figure, Figure)
        file = BytesIO()
        figure.savefig(file, dpi=100)
        source = f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"
        alt = escape(self.options["alt"], quote=True)
        return [nodes.raw("", f'<img src="{source}" alt="{alt}" style="max-width: 100%">', format="html")]


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_directive("picture", Picture)
    return {"parallel_read_safe": True}
