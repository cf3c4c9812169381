from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bench import html
from bench.serving import EnvironmentFailed
from tests.bench import made


class Page(HTMLParser):
    """Balanced or not, and what it refers to."""

    VOID = frozenset({"meta", "link", "br", "rect"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.targets: list[str] = []
        self.ids: set[str] = set()
        self.labels: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.targets += [found[name] or "" for name in ("href", "src") if name in found]
        self.ids |= {found["id"] or ""} if "id" in found else set()
        self.labels |= {found["aria-labelledby"] or ""} if "aria-labelledby" in found else set()
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_needs_nothing_else() -> None:
    text = html.page(made.results())
    page = Page(text)
    assert page.open == []
    assert all(target.startswith(("#", "data:")) for target in page.targets)
    assert {target[1:] for target in page.targets if target.startswith("#")} <= page.ids
    assert page.labels <= page.ids
    assert not re.search(r"https?://|<script|@import|url\(", text)


def test_the_page_says_it_all() -> None:
    text = html.page(made.results())
    assert "All 2 pairs behave as expected" in text
    for said in ("header × one", "1.50", "1.40–1.60", "slower", "manage.py compare --seed 7", "5.0 %", "sqlite 3"):
        assert said in text, said
    assert "prefers-color-scheme: dark" in text


def test_what_went_wrong_is_open_and_escaped() -> None:
    text = html.page(made.failing())
    assert "<details open>" in text
    assert "<b>" not in text
    assert "got in as &lt;b&gt;" in text
    assert "1 wrong: refused (HTTP 403)" in text


def test_both_files_are_written(tmp_path: Path) -> None:
    folder = html.prepare(tmp_path / "new" / "report")
    html.write(made.results(), folder)
    assert json.loads((folder / html.DATA).read_text("utf-8"))["passed"] is True
    assert (folder / html.PAGE).read_text("utf-8").startswith("<!doctype html>")


def test_a_folder_that_cannot_be_written_is_known_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EnvironmentFailed, match=r"no report can be written to .*file"):
        html.prepare(tmp_path / "file" / "report")


def test_a_folder_that_has_gone_meanwhile(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailed, match="could not be written: No such file"):
        html.write(made.results(), tmp_path / "gone")
