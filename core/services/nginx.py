"""An nginx of our own, in front of what its configuration names."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from .ports import speaks_http
from .programs import run
from .service import Service, address

Sites = Callable[[int], str]
"""Its port → what stands inside of `http { … }`."""

_FRAME = """\
{user}daemon off;
worker_processes 2;
pid {folder}/pid;
error_log stderr notice;
worker_rlimit_nofile 16384;
events {{ worker_connections 8192; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    access_log {folder}/access.log;
{sites}
}}
"""


class Nginx(Service):
    name: ClassVar[str] = "nginx"
    needs: ClassVar[tuple[str, ...]] = ("nginx",)
    package: ClassVar[str] = "nginx-light"

    def __init__(self, folder: Path, sites: Sites, port: int | None = None) -> None:
        super().__init__(folder)
        self.port = self.port if port is None else port
        self._configuration = self.folder / "nginx.conf"
        # Workers of root's nginx would be somebody who can't read the checkout's files.
        user = "user root;\n" if os.geteuid() == 0 else ""
        self._configuration.write_text(_FRAME.format(user=user, folder=self.folder, sites=sites(self.port)))
        run("nginx -t", [*self._command(), "-t"])

    @property
    def url(self) -> str:
        return f"http://{address(self.port)}"

    def _command(self) -> Sequence[str]:
        return [self._programs["nginx"], "-p", str(self.folder), "-e", "stderr", "-c", str(self._configuration)]

    def _answers(self) -> bool:
        return speaks_http(self.port)
