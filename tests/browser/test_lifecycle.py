"""Live sockets of plain clients, ended from another process: a page's, by cookie and by token, and one of node's.

There is no channel layer between the processes, as with SQLite and no Redis: each reads the journal once a second.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

REVOKED = {"type": "auth.revoked", "retry": "never"}
pytestmark = pytest.mark.browser

CLIENT = Path(__file__).parent / "client.cjs"

LOG_IN = """async ([path, username, password]) => {
  const csrf = document.cookie.match(/csrftoken=([^;]*)/)[1];
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
    body: JSON.stringify({ username, password }),
  });
  return await response.json().catch(() => null);
}"""
CONNECT = """([url, protocols]) => new Promise((resolve) => {
  const seen = (window.seen = { frames: [], code: null });
  const socket = new WebSocket(url, protocols);
  socket.onmessage = ({ data }) => { seen.frames.push(JSON.parse(data)); resolve(seen); };
  window.ended = new Promise((ended) => {
    socket.onclose = ({ code }) => { seen.code = code; ended(seen); resolve(seen); };
  });
})"""
LOG_OUT = """async ([access, refresh]) => {
  const csrf = document.cookie.match(/csrftoken=([^;]*)/)[1];
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf };
  if (access) headers.Authorization = `Bearer ${access}`;
  return (await fetch("/api/logout/", { method: "POST", headers, body: JSON.stringify({ refresh }) })).status;
}"""
WITHIN = 10.0
"""Seconds that a busy machine may take; the journal is read every second."""


@pytest.fixture(scope="session")
def beside(start_lab: Callable[..., Any], lab: Any) -> Any:
    """A second server process over the lab's database."""
    return start_lab(beside=lab)


@pytest.fixture
async def context(browser: Any) -> AsyncIterator[Any]:
    """A browser without anybody's cookies."""
    made = await browser.new_context()
    made.set_default_timeout(10_000)
    yield made
    await made.close()


class Connected:
    """A page with one plain socket, and who is logged in there."""

    def __init__(self, context: Any, lab: Any) -> None:
        self.context = context
        self.lab = lab
        self.tokens: dict[str, str] = {}

    async def by(self, kind: str) -> Connected:
        self.page = await self.context.new_page()
        await self.page.goto(self.lab.url)
        login = [f"/api/login/{kind}/", self.lab.username, self.lab.password]
        self.tokens = await self.page.evaluate(LOG_IN, login) or {}
        pair, protocols = "cookie/session", []
        if kind == "simplejwt":
            pair, protocols = "subprotocol/simplejwt", ["wsauth.v1", f"bearer.{self.tokens['access']}"]
        seen = await self.page.evaluate(CONNECT, [f"{self.lab.socket_url}/ws/{pair}/", protocols])
        assert [frame["type"] for frame in seen["frames"]] == ["ready"]
        return self

    async def log_out_at(self, other: Any) -> None:
        page = await self.context.new_page()
        await page.goto(other.url)
        tokens = [self.tokens.get("access"), self.tokens.get("refresh")]
        assert await page.evaluate(LOG_OUT, tokens) == 204

    async def is_kicked(self) -> None:
        async with asyncio.timeout(WITHIN):
            seen = await self.page.evaluate("window.ended")
        assert (seen["frames"][1:], seen["code"]) == ([REVOKED], 4410)


@pytest.mark.parametrize("kind", ["session", "simplejwt"])
async def test_a_page_is_kicked_by_a_shell(kind: str, context: Any, lab: Any) -> None:
    connected = await Connected(context, lab).by(kind)
    assert "Recorded: user 'ada'" in await lab.manage("wsauth_revoke", "--user", lab.username)
    await connected.is_kicked()


@pytest.mark.parametrize("kind", ["session", "simplejwt"])
async def test_a_page_is_kicked_by_a_log_out_at_another_server(kind: str, context: Any, lab: Any, beside: Any) -> None:
    connected = await Connected(context, lab).by(kind)
    await connected.log_out_at(beside)
    await connected.is_kicked()


async def test_a_log_out_leaves_the_other_log_in_alone(context: Any, browser: Any, lab: Any, beside: Any) -> None:
    ada = await Connected(context, lab).by("session")
    elsewhere = await browser.new_context()
    too = await Connected(elsewhere, lab).by("session")
    await ada.log_out_at(beside)
    await ada.is_kicked()
    assert await too.page.evaluate("window.seen.code") is None
    await elsewhere.close()


# ── node ─────────────────────────────────────────────────────────────────────────────────────────


async def node_with_websocket() -> list[str]:
    """How node is called so that it has a WebSocket: its own, or Debian's `node-ws`. Skips, or fails where demanded."""
    missing = pytest.fail if os.environ.get("WSAUTH_REQUIRE_BROWSER") == "1" else pytest.skip
    if shutil.which("node") is None:
        missing("no node: install the system's package")
    for flags in ([], ["--experimental-websocket"]):
        command = ["node", *flags, "-e", 'globalThis.WebSocket ?? require("ws")']
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet)
        if await process.wait() == 0:
            return ["node", *flags]
    missing("node has no WebSocket: install Debian's node-ws, or node 22")
    raise AssertionError


async def test_a_client_of_nodes_is_kicked(context: Any, lab: Any, beside: Any) -> None:
    page = await context.new_page()
    await page.goto(lab.url)
    tokens = await page.evaluate(LOG_IN, ["/api/login/simplejwt/", lab.username, lab.password])
    process = await asyncio.create_subprocess_exec(
        *await node_with_websocket(),
        str(CLIENT),
        env={**os.environ, "URL": f"{lab.socket_url}/ws/subprotocol/simplejwt/", "TOKEN": tokens["access"]},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        assert json.loads(await process.stdout.readline())["type"] == "ready"
        await page.goto(beside.url)
        assert await page.evaluate(LOG_OUT, [tokens["access"], tokens["refresh"]]) == 204
        assert json.loads(await process.stdout.readline()) == REVOKED
        assert json.loads(await process.stdout.readline()) == {"closed": 4410}
        assert await process.wait() == 0


# ── the lab's own page ───────────────────────────────────────────────────────────────────────────


async def page_connected(context: Any, lab: Any, *, keep: bool) -> Any:
    page = await context.new_page()
    page.set_default_timeout(40_000)
    await page.goto(lab.url)
    await page.locator("#open:enabled").wait_for()
    await page.get_by_label("Username").fill(lab.username)
    await page.get_by_label("Password").fill(lab.password)
    await page.get_by_role("button", name="Log in", exact=True).click()
    await page.locator("#login-status", has_text="Logged in as ada").wait_for()
    await page.get_by_label("Renew by itself").set_checked(keep)
    await page.get_by_role("radio", name="subprotocol").check()
    await page.get_by_label("Backend").select_option("simplejwt")
    await page.get_by_role("button", name="Connect", exact=True).click()
    await page.locator("#state", has_text="Connected as ada.").wait_for()
    return page


async def test_the_page_shows_the_kick(context: Any, lab: Any) -> None:
    page = await page_connected(context, lab, keep=True)
    await page.locator("#life", has_text="The credential ends in 4:").wait_for()
    await page.get_by_role("button", name="Refresh now").click()
    await page.locator("#log .received", has_text='"auth.ok"').wait_for()
    await page.get_by_role("button", name="Log out, leave the socket open").click()
    await page.locator("#state", has_text="Closed with 4410. Logged out elsewhere, or taken back.").wait_for()
    await page.locator("#log .received", has_text='"auth.revoked"').wait_for()
    assert await page.locator("#life").inner_text() == "No socket is open."


async def test_the_page_keeps_a_socket_that_would_have_expired(browser: Any, start_lab: Callable[..., Any]) -> None:
    lab = start_lab(WSAUTH_ACCESS_LIFETIME="12", WSAUTH_EXPIRY_GRACE="2")
    contexts = [await browser.new_context() for _ in range(2)]
    keeps, lets_go = await asyncio.gather(
        *(page_connected(context, lab, keep=keep) for context, keep in zip(contexts, (True, False), strict=True))
    )
    await asyncio.gather(
        keeps.locator("#log .received", has_text='"auth.ok"').wait_for(),
        lets_go.locator("#log .received", has_text='"auth.expiring"').wait_for(),
    )
    await lets_go.locator("#state", has_text="Closed with 4419.").wait_for()
    await keeps.get_by_role("button", name="Who am I").click()
    await keeps.locator("#log .received", has_text='"whoami"').wait_for()
    assert await keeps.locator("#state").inner_text() == "Connected as ada."
    for context in contexts:
        await context.close()
