"""The package where it is meant to live: in somebody else's project, installed from the wheel or copied.

Everything happens outside the checkout, in a process that can import nothing of it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FOREIGN = Path(__file__).resolve().parent / "foreign"
OURS = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH")
OFFLINE = ("Could not find a version", "No matching distribution", "Temporary failure in name resolution")


def python(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in OURS and not name.startswith("COV_")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built in a clean environment, as an index would get it. Skips where its build backend can't be fetched."""
    folder = tmp_path_factory.mktemp("wheel")
    built = python("-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT), cwd=folder)
    if built.returncode and any(sign in built.stderr for sign in OFFLINE) and os.environ.get("CI") != "true":
        pytest.skip("the build backend can't be fetched: no package index in reach")
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOREIGN, tmp_path / "foreign", ignore=shutil.ignore_patterns("__pycache__")))


def conformance(project: Path, *, package: str, packages: Path) -> dict[str, Any]:
    """What the foreign project's run of the suite found."""
    run = python(
        "conformance.py",
        cwd=project,
        PYTHONPATH=str(packages),
        PACKAGE=package,
        DJANGO_SETTINGS_MODULE="settings",
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def test_ships_the_package_its_types_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "wsauth/py.typed" in names
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"wsauth"}
    sources = {f"wsauth/{path.relative_to(ROOT / 'strategies')}" for path in (ROOT / "strategies").rglob("*.py")}
    assert sources <= set(names)


def test_installed_it_passes_in_a_foreign_project(wheel: Path, project: Path, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    installed = python(
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(packages),
        str(wheel),
        cwd=tmp_path,
    )
    assert installed.returncode == 0, installed.stderr
    found = conformance(project, package="wsauth", packages=packages)
    assert found["found"] == {"strategies": False, "core": False, "bench": False, "tests": False, "wsauth": True}
    passes(found, package="wsauth")


def test_copied_under_another_name_it_passes_too(project: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "strategies", tmp_path / "packages" / "acme" / "sockets")
    found = conformance(project, package="acme.sockets", packages=tmp_path / "packages")
    assert not any(found["found"].values())
    passes(found, package="acme.sockets")


def passes(found: dict[str, Any], *, package: str) -> None:
    assert found["app"] == [package, f"{package}.apps"]
    assert found["wrong"] == []
    assert found["pairs"] == 15
    assert found["outcomes"]["as expected"] > found["outcomes"]["not applicable"] > 0
