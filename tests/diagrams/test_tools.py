"""The text goes through the real tools: Graphviz, and Mermaid in a browser. Nothing here needs a network."""

import json
import re
import subprocess
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from salesprocess import diagrams, display, templates
from salesprocess.diagrams.looks import printable
from tests.diagrams.hostile import NASTY, deal_of, process_of
from tests.diagrams.test_diagrams import back_and_forth
from tests.solar import solar

pytestmark = pytest.mark.tools

HEADLESS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=60000",
    "--dump-dom",
]

PAGE = """<!doctype html><meta charset="utf-8"><body><pre id="answers"></pre>
<script src="{script}"></script>
<script>
window.alarms = 0;
window.alert = () => {{ window.alarms += 1; }};
mermaid.initialize({{startOnLoad: false, securityLevel: 'strict'}});
(async () => {{
  const answers = [];
  for (const [place, text] of {texts}.entries()) {{
    try {{
      const {{svg}} = await mermaid.render('picture' + place, text);
      const holder = document.createElement('div');
      holder.innerHTML = svg;
      document.body.append(holder);
      answers.push({{
        labels: [...holder.querySelectorAll('.nodeLabel, .edgeLabel p, .edgeLabel span')].map(each => each.textContent),
        nodes: holder.querySelectorAll('.node').length,
        edges: holder.querySelectorAll('.edgePaths path').length,
        scripts: holder.querySelectorAll('script, img, iframe, a').length,
      }});
      holder.remove();
    }} catch (error) {{ answers.push({{error: String(error)}}); }}
  }}
  document.getElementById('answers').textContent = JSON.stringify({{answers, alarms: window.alarms}});
}})();
</script>"""


def rendered(texts: list[str], browser: str, script: Path, folder: Path) -> list[dict[str, Any]]:
    """What Mermaid makes of each text, in one visit of one page."""
    page = folder / "page.html"
    inside = json.dumps(texts).replace("<", "\\u003c")
    page.write_text(PAGE.format(script=script.as_uri(), texts=inside), encoding="utf-8")
    command = [browser, *HEADLESS, f"--user-data-dir={folder / 'profile'}", page.as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout
    found = re.search(r'<pre id="answers">(.*?)</pre>', dom, re.DOTALL)
    assert found is not None
    told = json.loads(unescape(found[1]))
    assert told["alarms"] == 0
    answers: list[dict[str, Any]] = told["answers"]
    return answers


def squeezed(text: str) -> str:
    return re.sub(r"\s|\u2060", "", text)


def hostile_pictures(draw: Any) -> list[str]:
    return [draw(process_of(label), deal_of(label, process_of(label)), legend=label) for label in NASTY]


def ordinary_pictures(draw: Any) -> list[str]:
    shares: dict[str, float | str] = {"lead": 0.62, "offer": 0.48}
    return [
        draw(process, moves=moves, criteria=criteria, direction=direction)
        for process in (solar, templates.load("generic"), templates.load("startup"))
        for moves, criteria, direction in (("main", True, "LR"), ("all", False, "TB"))
    ] + [draw(solar, back_and_forth()), draw(solar, values=shares), *(draw(process_of(blank)) for blank in ("", " \n"))]


def arrows_in(text: str) -> int:
    return len(re.findall(r"^ +\S+ (?:->|-->|==>|-\.->)", text, re.MULTILINE))


def test_graphviz_draws_every_stage_and_arrow_with_its_words(graphviz: str) -> None:
    for label, text in zip(NASTY, hostile_pictures(diagrams.dot), strict=True):
        svg = _svg(graphviz, text)
        shown = squeezed("".join(svg.itertext()))
        assert shown.count(squeezed(printable(label))) >= 8, label
    for text in (*hostile_pictures(diagrams.dot), *ordinary_pictures(diagrams.dot)):
        classes = [each.get("class") for each in _svg(graphviz, text).iter()]
        assert classes.count("edge") == arrows_in(text)
        assert classes.count("node") == len(re.findall(r"^ +(?:\"stage_\S+|record) \[", text, re.MULTILINE))


def _svg(graphviz: str, text: str) -> ET.Element:
    done = subprocess.run([graphviz, "-Tsvg"], input=text.encode(), capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    return ET.fromstring(done.stdout)


def test_mermaid_draws_every_stage_and_arrow_with_its_words(browser: str, mermaid_script: Path, tmp_path: Path) -> None:
    texts = [*hostile_pictures(diagrams.mermaid), *ordinary_pictures(diagrams.mermaid)]
    answers = rendered(texts, browser, mermaid_script, tmp_path)
    assert [answer for answer in answers if "error" in answer] == []
    for text, answer in zip(texts, answers, strict=True):
        assert answer["scripts"] == 0
        assert answer["edges"] == arrows_in(text)
        assert answer["nodes"] == len(re.findall(r"^ +(?:stage_\w+|record|note)[(\[{]", text, re.MULTILINE))
    for label, answer in zip(NASTY, answers, strict=False):
        assert squeezed("".join(answer["labels"])).count(squeezed(printable(label))) >= 8, label


def test_a_browser_runs_nothing_out_of_the_tables(browser: str, tmp_path: Path) -> None:
    tables = ""
    for label in NASTY:
        process = process_of(label)
        tables += display.deal_html(deal_of(label, process)) + display.process_html(process)
    page = tmp_path / "page.html"
    page.write_text(f'<!doctype html><meta charset="utf-8"><body>{tables}', encoding="utf-8")
    command = [browser, *HEADLESS, f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout
    assert "<script" not in dom
    assert dom.count("<h3>") == 2 * len(NASTY)
    assert "alert(1)" in dom
