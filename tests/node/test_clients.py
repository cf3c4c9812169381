"""The JavaScript clients under node's own test runner, without a package of npm's.

A node module says what it is by a `package.json` beside it, which has no place among the lab's static files: so the
tests run in a folder of their own, where there is one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from docs import tables
from strategies.refusal import CloseCode
from tests.test_documents import BLOCK, name_of, section
from tests.test_layout import ROOT

HERE = Path(__file__).parent
PACKAGE = {"type": "module", "imports": {"#clients/*": "./clients/*"}}
SAYS_ACTIONS = "import {action} from '#clients/reconnect.js'; console.log(JSON.stringify(%s.map(action)))"
WORDS = {"reconnect": "reconnects", "renew": "refreshes", "back off": "backs off", "log in": "stops, shows the log-in"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the clients are a package of their own. Skips, or fails where a browser is demanded, without node."""
    if shutil.which("node") is None:
        missing = pytest.fail if os.environ.get("WSAUTH_REQUIRE_BROWSER") == "1" else pytest.skip
        missing("no node: install the system's package")
    shutil.copytree(ROOT / "core" / "static" / "core" / "clients", tmp_path / "clients")
    for test in HERE.glob("*.js"):
        shutil.copy(test, tmp_path)
    (tmp_path / "package.json").write_text(json.dumps(PACKAGE))
    return tmp_path


def node(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["node", *arguments], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("test", sorted(HERE.glob("*.test.js")), ids=lambda path: path.stem)
def test_under_node(test: Path, folder: Path) -> None:
    said = node(folder, "--test", "--test-reporter=tap", test.name)
    assert "# fail 0" in said
    assert "# pass 0" not in said


def test_a_failure_is_noticed(folder: Path) -> None:
    (folder / "fails.test.js").write_text("import {test} from 'node:test'; test('x', () => { throw new Error('y'); });")
    with pytest.raises(AssertionError, match="not ok"):
        node(folder, "--test", "--test-reporter=tap", "fails.test.js")


def test_each_close_code_has_the_action_of_the_protocol(folder: Path) -> None:
    """The words of its table begin with those of the action."""
    codes = [int(code) for code in CloseCode]
    actions = json.loads(node(folder, "--input-type=module", "-e", SAYS_ACTIONS % json.dumps(codes)))
    rows = tables.read_table(section("PROTOCOL.md", "Close codes"))
    told = {int(row["Code"]): row["The client"] for row in rows}
    for code, action in zip(codes, actions, strict=True):
        expected = "drops the credential" if code == 4401 else WORDS.get(action, "stops")
        assert told[code].startswith(expected), code
        assert (told[code] == WORDS["log in"]) is (action == "log in")


SCRIPTS = [
    (path, number, found["code"])
    for path in tables.documents()
    for number, found in enumerate(BLOCK.finditer(path.read_text("utf-8")), 1)
    if found["language"] == "js"
]


@pytest.mark.parametrize(("path", "number", "code"), SCRIPTS, ids=[f"{name_of(path)}-{n}" for path, n, _ in SCRIPTS])
def test_the_documents_scripts_are_well_formed(path: Path, number: int, code: str, folder: Path) -> None:
    """And what they import is there."""
    imports = [line.replace('"./clients/', '"#clients/') for line in code.splitlines() if line.startswith("import ")]
    (folder / "script.mjs").write_text(code)
    node(folder, "--check", "script.mjs")
    node(folder, "--input-type=module", "-e", "\n".join(imports))
