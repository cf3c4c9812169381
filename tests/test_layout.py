"""Every source file has its test file of the mirrored name.

`strategies/gate.py` is tested by `tests/strategies/test_gate.py`, a package's own `__init__.py` by
`test_init.py` in the mirrored folder. An `__init__.py` without code needs none, and neither do migrations
(the test database is made by them) and tests that live beside what they measure.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("strategies", "core", "bench")


def mirrored(source: Path) -> Path:
    """The test file of a source file; both relative to the project."""
    stem = "init" if source.name == "__init__.py" else source.stem
    return Path("tests") / source.parent / f"test_{stem}.py"


def holds_code(path: Path) -> bool:
    return any(not isinstance(node, ast.Expr) for node in ast.parse(path.read_text("utf-8")).body)


def is_source(path: Path) -> bool:
    if path.name == "__init__.py":
        return holds_code(path)
    return path.name != "conftest.py" and not path.name.startswith("test_") and path.parent.name != "migrations"


SOURCES = [
    path.relative_to(ROOT) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")) if is_source(path)
]


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_has_its_test_file(source: Path) -> None:
    assert (ROOT / mirrored(source)).is_file(), f"{source} has no test file: write {mirrored(source)}"


@pytest.mark.parametrize(
    ("source", "test"),
    [
        ("strategies/gate.py", "tests/strategies/test_gate.py"),
        ("strategies/cookie/__init__.py", "tests/strategies/cookie/test_init.py"),
        ("core/management/commands/serve.py", "tests/core/management/commands/test_serve.py"),
    ],
)
def test_mirrored_names(source: str, test: str) -> None:
    assert mirrored(Path(source)) == Path(test)


def test_the_list_is_not_empty() -> None:
    assert {Path("strategies/gate.py"), Path("strategies/conformance/__init__.py")} <= set(SOURCES)
    assert Path("strategies/__init__.py") not in SOURCES
