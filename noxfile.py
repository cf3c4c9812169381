"""The versions that wsauth supports: `make matrix`, or `nox -s 'tests(django=6.1)' -p 3.13` for one cell.

Interpreters that are not installed are skipped, but for CI, where nox makes them an error.
"""

import nox

nox.options.default_venv_backend = "venv"

# Django 6 needs Python 3.12.
CELLS = [
    nox.param(python, django, id=f"{python}-django{django}")
    for python, versions in {"3.11": ["5.2"], "3.12": ["5.2", "6.0", "6.1"], "3.13": ["5.2", "6.0", "6.1"]}.items()
    for django in versions
]


@nox.session
@nox.parametrize(("python", "django"), CELLS)
def tests(session: nox.Session, django: str) -> None:
    """Everything that needs no server: the reusable part, the lab, the matrix in process, the wheel."""
    session.install("--require-hashes", "-r", "requirements.txt")
    session.install(f"django~={django}.0")
    session.run("python", "-W", "error::DeprecationWarning:strategies", "-m", "django", "--version")
    everything = ["tests/strategies", "tests/core", "tests/test_rig.py", "tests/test_documents.py", "tests/adoption"]
    session.run("pytest", "-q", "--benchmark-disable", *(session.posargs or everything))
    if not session.posargs:
        session.run("pytest", "-q", "tests/test_matrix.py", "-k", "memory or asgi")
