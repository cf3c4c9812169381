from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

import pytest

from core import site as module
from core.services.nginx import Nginx
from core.services.ports import free_port
from core.site import site
from tests.services import available


def test_it_is_the_example_with_ports_and_paths_of_its_own(tmp_path: Path) -> None:
    text = site(18080, [18001, 18002, 18003], tmp_path / "static", tmp_path)
    for expected in (
        *(f"server 127.0.0.1:{port};" for port in (18001, 18002, 18003)),
        "listen 127.0.0.1:18080 backlog=4096;",
        f"alias {tmp_path}/static/;",
        f"access_log {tmp_path}/requests.log wsauth;",
        f"error_log {tmp_path}/errors.log crit;",
    ):
        assert text.count(expected) == 1, expected
    for absent in ("ssl", "app.example", ":8001", ":8002", "/srv/", "/var/", "listen 80"):
        assert absent not in text, absent


def test_an_example_that_has_changed_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = (module.settings.BASE_DIR / module.EXAMPLE).read_text()
    changed = tmp_path / "nginx.conf"
    changed.write_text(example.replace("/srv/wsauth/static/", "/somewhere/"))
    monkeypatch.setattr(module, "EXAMPLE", changed)
    with pytest.raises(LookupError, match="/srv/wsauth/static/"):
        site(18080, [18001], tmp_path, tmp_path)


@pytest.mark.parametrize(("level", "leaks"), [("crit", False), ("error", True)])
def test_why_its_error_log_holds_crit_only(level: str, leaks: bool, service_folder: Path) -> None:
    """Behind it is nobody. Shows as well that the tests of logs can fail."""

    def broken(port: int) -> str:
        text = site(port, [free_port()], service_folder, service_folder)
        return text.replace("errors.log crit", f"errors-{level}.log {level}")

    with available(Nginx, service_folder, broken) as nginx, pytest.raises(urllib.error.HTTPError, match="502"):
        urllib.request.urlopen(f"{nginx.url}/?token=marked", timeout=10)
    assert ("marked" in (service_folder / f"errors-{level}.log").read_text()) is leaks
    assert "marked" not in (service_folder / "requests.log").read_text()
