"""Visitors on two workers, as on two machines. `make load-test` runs it, in the environment of `make load`."""

from __future__ import annotations

import csv
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from bench.serving import Served, serving
from strategies import registry
from tests.settings import TEST_DATABASE

ROOT = Path(__file__).resolve().parents[3]
LOCUST = ROOT / ".venv-load" / "bin" / "locust"
ORIGIN = min(registry.pairs()[0].policy.origins or ())

pytestmark = [
    pytest.mark.skipif("WSAUTH_LOAD" not in os.environ, reason="takes 20 s: `make load-test` runs it"),
    pytest.mark.skipif(not LOCUST.exists(), reason="there is no .venv-load: `make load-test` builds it"),
]


@pytest.fixture(scope="module")
def lab(database: str, committed: None) -> Iterator[Served]:
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", TEST_DATABASE: database}
    with serving("daphne", environment, "core.asgi") as served:
        yield served


@pytest.fixture
def people(committed: None, tmp_path: Path) -> Path:
    file = tmp_path / "people.json"
    call_command("load_people", str(file), count=40, verbosity=0)
    return file


def locust(*arguments: str) -> subprocess.Popen[str]:
    command = [str(LOCUST), "-f", "bench/load/locustfile.py", "--headless", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    try:
        said, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    return process.returncode, said


def at(lab: Served, people: Path) -> tuple[str, ...]:
    return ("--host", f"http://{lab.host}:{lab.port}", "--people", str(people))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_two_workers_visit_every_route_and_every_answer_is_right(lab: Served, people: Path, tmp_path: Path) -> None:
    port = str(free_port())
    workers = [locust("--worker", "--master-host", "127.0.0.1", "--master-port", port) for _ in range(2)]
    master = locust(
        *("--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--expect-workers", "2"),
        *("--users", "40", "--spawn-rate", "40", "--run-time", "10s", "--csv", str(tmp_path / "run")),
        *("--origin", ORIGIN, *at(lab, people)),
    )
    code, said = ended(master)
    assert [ended(worker)[0] for worker in workers] == [0, 0]
    assert code == 0, said
    with (tmp_path / "run_stats.csv").open() as file:
        rows = {row["Name"]: row for row in csv.DictReader(file) if row["Type"] == "WS"}
    # The lab has a log-in for its own backends, not for strangers'.
    assert set(rows) == {pair.key for pair in registry.pairs() if pair.backend_name not in ("signed", "shared_key")}
    assert all(int(row["Request Count"]) > 1 and row["Failure Count"] == "0" for row in rows.values())


def test_a_refused_visitor_is_a_failure(lab: Served, people: Path) -> None:
    code, said = ended(
        locust("-u", "2", "-t", "2s", "--pairs", "cookie/session", "--origin", "https://evil.example", *at(lab, people))
    )
    assert code == 1
    assert "HTTP 403" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--host", "http://127.0.0.1:1"), "no lab answers"),
        (("--host", "https://127.0.0.1"), "is no http://name:port"),
        (("--people", "/nowhere"), "/nowhere can't be read"),
        (("--pairs", "nobody/*"), "served: querystring/authtoken"),
    ],
)
def test_usage(arguments: tuple[str, str], message: str, lab: Served, people: Path) -> None:
    code, said = ended(locust("-t", "2s", *at(lab, people), *arguments))
    assert code == 2
    assert message in said
    assert "Traceback" not in said


def test_no_password_is_told(lab: Served, people: Path) -> None:
    _, said = ended(locust("-u", "2", "-t", "2s", "--pairs", "header/*", "--origin", ORIGIN, *at(lab, people)))
    assert people.read_text().split('"')[3] not in said
