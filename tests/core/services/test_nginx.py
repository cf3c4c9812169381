from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

import pytest

from core.services.nginx import Nginx
from core.services.ports import free_port
from core.services.programs import ServiceFailed
from tests.services import available


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_it_serves_what_its_configuration_says_after_a_crash_too(nginx: Nginx) -> None:
    assert status(nginx.url) == 404
    nginx.kill()
    with pytest.raises(urllib.error.URLError, match="refused"):
        status(nginx.url)
    nginx.start()
    assert status(nginx.url) == 404


def test_its_workers_are_frozen_with_it(nginx: Nginx) -> None:
    nginx.stop()
    with pytest.raises(TimeoutError):
        urllib.request.urlopen(nginx.url, timeout=0.2)
    nginx.resume()
    assert status(nginx.url) == 404


def test_the_port_can_be_chosen_and_files_of_the_checkout_be_read(service_folder: Path) -> None:
    port = free_port()
    site = f"server {{ listen 127.0.0.1:{port}; root {Path(__file__).parent}; }}"
    with available(lambda folder: Nginx(folder, lambda _: site, port), service_folder) as chosen:
        assert chosen.url.endswith(f":{port}")
        assert status(f"{chosen.url}/{Path(__file__).name}") == 200


def test_a_configuration_that_it_refuses_is_said(nginx: Nginx, service_folder: Path) -> None:
    with pytest.raises(ServiceFailed, match=r"nginx -t ended with 1; it said:\n(?s:.*)\"listne\""):
        Nginx(service_folder, lambda port: f"server {{ listne {port}; }}")
