from pathlib import Path

import pytest
from django.template.loader import get_template
from django.test import Client

from core import page

STATIC = Path(page.__file__).parent / "static" / "core"


def test_the_page_has_a_strict_policy_and_a_csrf_cookie() -> None:
    response = Client().get("/")
    assert response.status_code == 200
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "connect-src 'self';" in policy
    assert "unsafe" not in policy
    assert "csrftoken" in response.cookies


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_only_read(method: str) -> None:
    assert getattr(Client(), method)("/").status_code == 405


def test_nothing_on_it_is_inline() -> None:
    html = get_template("core/page.html").render()
    assert html.count("<script") == html.count('<script type="module" src=')
    assert "<style" not in html
    assert "style=" not in html
    assert " on" + "click=" not in html


def test_no_script_keeps_a_credential_or_reads_text_as_html() -> None:
    source = "".join(path.read_text() for path in STATIC.rglob("*.js"))
    for forbidden in ("localStorage", "sessionStorage", "indexedDB", "innerHTML", "eval("):
        assert forbidden not in source
