from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from bench.temporary import temporary_folder


@pytest.mark.parametrize("end", [None, RuntimeError, KeyboardInterrupt])
def test_whatever_ends_it_nothing_temporary_is_left(end: type[BaseException] | None) -> None:
    before, inside = tempfile.tempdir, Path()
    try:
        with temporary_folder("wsauth-test-"):
            inside = Path(tempfile.mkdtemp())
            if end:
                raise end
    except (RuntimeError, KeyboardInterrupt):
        assert end
    assert inside.parent.name.startswith("wsauth-test-")
    assert not inside.parent.exists()
    assert tempfile.tempdir == before
