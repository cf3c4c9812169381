from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from bench import terminal
from tests.bench import made


def shown(found: object, monkeypatch: pytest.MonkeyPatch, columns: int = 140, *, reasons: bool = False) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = io.StringIO()
    terminal.show(found, Path("report"), stream, reasons=reasons)  # type: ignore[arg-type]
    return stream.getvalue()


def test_a_log_gets_text_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "")
    said = shown(made.results(), monkeypatch)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", said)
    assert "All 2 pairs behave as expected" in said
    assert "report/index.html" in said
    assert "seed 7" in said


def test_titles_have_room_on_a_wide_one_only(monkeypatch: pytest.MonkeyPatch) -> None:
    title = "a valid credential gets in"
    assert title in shown(made.results(), monkeypatch, 140)
    narrow = shown(made.results(), monkeypatch, 80)
    assert title not in narrow
    assert "valid" in narrow
    assert max(map(len, narrow.splitlines())) <= 80


def test_reasons_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    assert made.NA.reason not in shown(made.results(), monkeypatch)
    assert made.NA.reason in shown(made.results(), monkeypatch, reasons=True)


def test_the_reason_of_a_wrong_verdict_is_always_told(monkeypatch: pytest.MonkeyPatch) -> None:
    said = shown(made.failing(), monkeypatch)
    assert "silence: WRONG: got in as <b>'ada'</b>" in said
    assert "1 wrong: refused (HTTP 403)" in said


def test_controls_are_said_not_to_count(monkeypatch: pytest.MonkeyPatch) -> None:
    said = shown(made.results(), monkeypatch)
    assert "not counted in the exit code: tu tutorial" in said
    assert "valid: WRONG" not in said


def test_no_number_is_cut_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the longest names that there are, and the longest word."""
    pair = "first_message/simplejwt_stateless"
    found = made.results(
        columns=[made.column(pair, made.OK, made.NA)],
        authenticated=[made.latency(pair, p95=123_450, ratio=10.25, low=10.05, high=10.75, word="no difference found")],
        refused=[made.latency(pair, "malformed"), made.latency(pair, "forged", p95=98_760)],
    )
    said = shown(found, monkeypatch, 80)
    for number in ("2.00", "123.45", "10.25", "10.05–10.75", "98.76"):
        assert number in said
    assert "…" not in said
    assert max(map(len, said.splitlines())) <= 80
