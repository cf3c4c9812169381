"""The whole page: well formed, in need of nothing else, and saying it all."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from bench import page
from bench.given import STORMS
from bench.results import CaseRow, Cell, Column, Results
from bench.storms import Storm
from tests.bench import made

RESULTS = {"plain": made.results(), "everything": made.everything(), "failing": made.failing()}


class Page(HTMLParser):
    """Balanced or not, and what it refers to."""

    VOID = frozenset({"meta", "link", "br", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.targets: list[str] = []
        self.ids: Counter[str] = Counter()
        self.references: set[str] = set()
        self.headings: list[int] = []
        self.scopeless: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.targets += [found[name] for name in ("href", "src") if name in found]
        self.ids.update([found["id"]] if "id" in found else [])
        self.references.update(found.get("aria-labelledby", "").split())
        self.references.update({found["data-copy"]} if "data-copy" in found else set())
        self.references.update(re.findall(r"url\(#([^)]+)\)", found.get("clip-path", "")))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "th" and "scope" not in found:
            self.scopeless.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("results", RESULTS.values(), ids=RESULTS)
def test_the_page_is_well_formed_and_needs_nothing_else(results: Results) -> None:
    text = page.content(results)
    found = Page(text)
    assert found.open == []
    assert [id for id, times in found.ids.items() if times > 1] == []
    assert all(target.startswith(("#", "data:")) for target in found.targets)
    assert {target[1:] for target in found.targets if target.startswith("#")} <= found.ids.keys()
    assert found.references <= found.ids.keys()
    assert found.scopeless == []
    assert not re.search(r"https?://|@import|url\((?!#)|xlink|<metadata", text)
    assert len(re.findall(r"<script", text)) == 1


@pytest.mark.parametrize("results", RESULTS.values(), ids=RESULTS)
def test_headings_go_down_one_step_at_a_time(results: Results) -> None:
    levels = Page(page.content(results)).headings
    assert levels[0] == 1
    assert all(later <= before + 1 for before, later in itertools.pairwise(levels))


def test_only_its_own_script_may_run() -> None:
    text = page.content(made.results())
    script = re.search(r"<script>(.*)</script>", text, re.DOTALL)
    assert script
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in text


def test_the_page_says_it_all() -> None:
    text = page.content(made.results())
    assert "All 2 pairs behave as expected" in text
    for said in ("header × one", "1.50", "1.40–1.60", "slower", "manage.py compare --seed 7", "5.0 %", "sqlite 3"):
        assert said in text, said
    for place in ("Goals", "Which should I take", "Threats", "Where the credential was looked for", "Raw tables"):
        assert f">{place}</h2>" in text


def test_what_it_was_not_given_is_said_with_the_command_that_makes_it() -> None:
    text = page.content(made.results())
    for command in ("manage.py storm --memory --json", "manage.py storm --counts --json", "manage.py kick --json"):
        assert command in text
    assert "Not part of this report" not in page.content(made.everything())


def test_what_went_wrong_is_open_and_escaped() -> None:
    text = page.content(made.failing())
    assert "<details open>" in text
    assert "<b>'ada" not in text
    assert "got in as &lt;b&gt;" in text
    assert "1 wrong: refused (HTTP 403)" in text
    assert "HTTP/1.1 401 &lt;no&gt;" in text


def test_the_same_results_give_the_same_page() -> None:
    results = made.everything()
    assert page.content(results) == page.content(results)


def crowded(kind: str) -> Storm:
    """One kind of storm, of all contenders that there may be."""
    first = getattr(made.storm(), kind)[0]
    rows = [replace(first, key=f"strategy-{number % 6}/backend-{number}") for number in range(24)]
    return made.storm(**{**{key: [] for key in (*STORMS, "slo", "recovery")}, kind: rows})


def test_a_full_comparison_stays_below_two_megabytes() -> None:
    """Thousands of attempts, a thousand texts: a case looks different on every strategy, in both ways of refusing.

    And every kind of storm on two servers and two databases.
    """
    cases = [CaseRow(f"case-{row}", "what somebody tries at the gate, in words", "T01", "all") for row in range(90)]
    texts = [f"GET ‹route›?attempt={number} HTTP/1.1\n\n{'x' * 350}" for number in range(90 * 12)]
    columns = [
        Column(
            f"strategy-{column % 6}/backend-{column}",
            True,
            {
                case.id: Cell(
                    made.EXPECTED, wire=dict(zip(("handshake", "close"), itertools.count(12 * row + 2 * (column % 6))))
                )
                for row, case in enumerate(cases)
            },
            made.TRAITS,
        )
        for column in range(22)
    ]
    times = [made.latency(column.key, ratio=1.5, low=1.4, high=1.6, word="slower") for column in columns]
    results = made.results(
        leaks=[],
        cases=cases,
        columns=columns,
        exchanges=texts,
        authenticated=times,
        storms=[crowded(kind) for kind in STORMS] * 4,
        kicks=[made.kick()] * 4,
    )
    assert len(page.content(results).encode()) < 2_000_000
