"""The example files of docs/deploy.md, each read by the program that it is for."""

from __future__ import annotations

import configparser
import datetime
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from daphne.cli import CommandLineInterface

from core.services.daphne import HANDSHAKE_SECONDS
from core.services.nginx import Nginx
from core.services.ports import free_port
from tests.services import available

EXAMPLES = Path(__file__).resolve().parent.parent / "docs" / "examples"
SITE = (EXAMPLES / "nginx.conf").read_text()
UNIT = EXAMPLES / "wsauth@.service"


def certificate(folder: Path) -> None:
    """A pair of files for the site's name, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "app.example")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "app.example.pem").write_bytes(made.public_bytes(pem))
    (folder / "app.example.key").write_bytes(secret)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def answer(url: str) -> urllib.error.HTTPError:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(NoRedirect, urllib.request.HTTPSHandler(context=context))
    with pytest.raises(urllib.error.HTTPError) as raised:
        opener.open(url, timeout=10)
    return raised.value


def test_nginx_serves_the_whole_example(tmp_path: Path, service_folder: Path) -> None:
    """With TLS, as it stands there; its paths and ports are not ours to take."""
    certificate(tmp_path)
    plain = free_port()

    def site(port: int) -> str:
        text = SITE.replace("/etc/ssl/", f"{tmp_path}/").replace("/var/log/nginx/", f"{tmp_path}/")
        text = text.replace("listen 80;", f"listen 127.0.0.1:{plain};")
        return text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;")

    with available(Nginx, service_folder, site) as nginx:
        moved = answer(f"http://127.0.0.1:{plain}/ws/?token=marked")
        assert (moved.code, moved.headers["Location"]) == (308, "https://app.example/ws/?token=marked")
        secure = nginx.url.replace("http:", "https:")
        assert answer(f"{secure}/static/none.js").code == 404
        assert answer(f"{secure}/ws/querystring/authtoken/?token=marked").code == 426
        assert answer(f"{secure}/?token=marked").code == 502
    for log in ("wsauth.log", "wsauth-error.log"):
        assert "marked" not in (tmp_path / log).read_text()
    assert '"GET /ws/querystring/authtoken/" 426' in (tmp_path / "wsauth.log").read_text()


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNIT)
    return parser


def test_the_unit_starts_a_daphne_where_nginx_looks_for_it() -> None:
    program, *arguments = shlex.split(unit()["Service"]["ExecStart"].replace("%i", "1"))
    parsed = CommandLineInterface().parser.parse_args(arguments)
    assert program.endswith("/.venv/bin/daphne")
    assert (parsed.proxy_headers, parsed.application) == (True, "core.asgi:application")
    assert parsed.socket_strings == ["tcp:port=8001:interface=127.0.0.1:backlog=4096"]
    assert parsed.websocket_connect_timeout == HANDSHAKE_SECONDS
    assert re.findall(r"server (127\.0\.0\.1:\d+);", SITE) == ["127.0.0.1:8001", "127.0.0.1:8002"]


def verified(text: str, folder: Path) -> str:
    """What systemd has to say about a unit: nothing, if all is well."""
    where = folder / UNIT.name
    where.write_text(text.replace("/srv/wsauth/.venv/bin/daphne", sys.executable))
    done = subprocess.run(["systemd-analyze", "verify", where], capture_output=True, text=True, check=False, timeout=60)
    return "".join(line for line in done.stderr.splitlines(keepends=True) if UNIT.name in line)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
def test_systemd_knows_every_line_of_the_unit(tmp_path: Path) -> None:
    text = UNIT.read_text()
    assert verified(text, tmp_path) == ""
    assert "Unknown key" in verified(text.replace("LimitNOFILE", "LimitNoFiles"), tmp_path)
