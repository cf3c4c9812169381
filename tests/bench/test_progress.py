from __future__ import annotations

import io

import pytest

from bench.progress import Lines, LiveBars, progress_on


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def go(stream: io.StringIO) -> str:
    progress = progress_on(stream)
    with progress.phase("Judging", 3) as done:
        for _ in range(3):
            done()
    with progress.phase("Measuring"):
        pass
    return stream.getvalue()


def test_a_line_a_phase_where_nobody_looks() -> None:
    assert go(io.StringIO()) == "Judging …\nMeasuring …\n"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", ""), ("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_control_characters_where_they_are_not_wanted(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    assert isinstance(progress_on(Terminal()), Lines)


def test_bars_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(progress_on(Terminal()), LiveBars)
    said = go(Terminal())
    assert "3/3" in said
    assert "Measuring" in said
