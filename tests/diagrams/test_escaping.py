import html
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given

from salesprocess import Process, Stage, diagrams
from salesprocess.diagrams.looks import printable
from tests.diagrams.hostile import KEYWORDS, NASTY, deal_of, process_of, texts

QUOTED = re.compile(r'"[^"\n]*"')
HTML_LABEL = re.compile(r"<(?:[^<>]|<[^<>]*>)*>")


def mermaid_of(label: str) -> str:
    process = process_of(label)
    return diagrams.mermaid(
        process, deal_of(label.strip() or "x", process), values={"end": label, ("end", "x--o"): label}, legend=label
    )


def dot_of(label: str) -> str:
    process = process_of(label)
    return diagrams.dot(
        process, deal_of(label.strip() or "x", process), values={"end": label, ("end", "x--o"): label}, legend=label
    )


def squeezed(text: str) -> str:
    return re.sub(r"\s|\u2060", "", text)


def decoded(quoted: str) -> str:
    """What Mermaid shows for a quoted label: numbers as their characters, breaks as breaks."""
    told = re.sub(r"<br/>", "\n", quoted)
    assert not re.findall(r"<(?!/?[bi]>)", told)
    return re.sub(r"#(\d+);", lambda match: chr(int(match[1])), re.sub(r"</?[bi]>", "", told))


@given(texts().filter(str.strip))
@example("".join(NASTY))
def test_no_label_changes_anything_in_mermaid_but_its_own_text(label: str) -> None:
    text = mermaid_of(label)
    assert QUOTED.split(text) == QUOTED.split(mermaid_of("plain"))
    labels = QUOTED.findall(text)
    rest = re.sub(r"<br/>|</?[bi]>|#\d+;|[•, ①]|(?<=\w)[_-](?=\w)", "", "".join(each[1:-1] for each in labels))
    assert not rest or rest.isalnum()
    assert squeezed(decoded("".join(labels))).count(squeezed(printable(label))) >= 8


@given(texts().filter(str.strip))
@example("".join(NASTY))
def test_no_label_changes_anything_in_dot_but_its_own_text(label: str) -> None:
    text = dot_of(label)
    assert HTML_LABEL.split(text) == HTML_LABEL.split(dot_of("plain"))
    shown = "".join("".join(ET.fromstring(f"<x>{each[1:-1]}</x>").itertext()) for each in HTML_LABEL.findall(text))
    assert squeezed(shown).count(squeezed(printable(label))) >= 8
    assert not re.search(r"\\[NGETHL]", html.unescape(text))


@given(texts())
def test_the_text_holds_no_character_that_a_file_or_a_tool_refuses(label: str) -> None:
    for text in (dot_of(label), mermaid_of(label)):
        assert text.encode("utf-8").decode("utf-8") == text
        assert all(each == "\n" or ord(each) >= 0x20 for each in text)


@pytest.mark.parametrize("blank", ["", " ", "\n", "\u2003"])
def test_a_blank_label_leaves_no_tag_that_graphviz_refuses(blank: str) -> None:
    assert not re.search(r"<(\w+)[^/>]*></\1>", dot_of(blank))
    assert "<b>#10003; end</b>" in mermaid_of(blank)


def test_keywords_of_the_notations_are_stages_like_any_other() -> None:
    stages = [Stage(name) for name in KEYWORDS]
    process = Process("digraph", stages=[*stages, Stage.won("won"), Stage.lost("lost")])
    text = diagrams.mermaid(process)
    assert "  stage_end --> stage_graph\n" in text
    assert "  stage_oHx --> stage_xHHo\n" in text
    assert '"stage_strict" -> "stage_o-x"' in diagrams.dot(process)
    assert len({*re.findall(r"^ +(stage_\w+)[(\[{]", text, re.MULTILINE)}) == len(process.stages)


def test_what_cannot_be_shown_is_shown_as_its_picture() -> None:
    assert printable("a\x00b\x7fc\x9bd\ud800e\uffff") == "a␀b␡c\ufffdd\ufffde\ufffd"
    assert printable("one\r\ntwo\u2028three") == "one\ntwo\nthree"
