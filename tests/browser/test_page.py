"""The lab's page in a real browser, and what pages of other origins can and can't do."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from core import settings as lab_settings
from strategies import registry

pytestmark = pytest.mark.browser

PAIRS = [pair for pair in registry.build(lab_settings.WS_AUTH).pairs if pair.strategy.traits.browser]

TUTORIAL = """<!doctype html>
<html><body>
<form id="login">
  <input name="username" value="{username}"><input name="password" type="password" value="{password}">
</form>
<pre id="out"></pre>
<script>
(async () => {{
  const response = await fetch("{url}/api/login/", {{method: "POST", body: new FormData(document.forms.login)}});
  const {{token}} = await response.json();
  const socket = new WebSocket(`{socket_url}/?token=${{token}}`);
  socket.onopen = () => socket.send(JSON.stringify({{command: "Say hello !", data_string: "x"}}));
  socket.onmessage = (event) => {{
    const data = JSON.parse(event.data);
    const out = document.querySelector("#out");
    if (data.command_response) out.textContent = data.command_response + data.data_string_bacK;
  }};
  socket.onclose = (event) => document.querySelector("#out").textContent = "closed " + event.code;
}})();
</script>
</body></html>"""

HIJACK = """<!doctype html>
<html><body><pre id="out"></pre>
<script>
const socket = new WebSocket("{socket_url}/ws/{pair}/");
const out = document.querySelector("#out");
socket.onmessage = (event) => {{ out.textContent = event.data; }};
socket.onclose = (event) => {{ out.textContent += "closed " + event.code; }};
</script>
</body></html>"""


FETCH_TICKET = """async ([username, password]) => {
  const post = async (path, body, headers) => (await fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body),
  })).json();
  const { token } = await post("/api/login/", { username, password });
  const headers = { Authorization: `Token ${token}` };
  const { ticket } = await post("/api/ticket/", { path: "/ws/querystring/ticket/" }, headers);
  return ticket;
}"""

USE_TICKET = """(url) => {
  const out = document.body.appendChild(Object.assign(document.createElement("pre"), { id: "out" }));
  const socket = new WebSocket(url);
  socket.onmessage = (event) => { out.textContent = event.data; };
  socket.onclose = (event) => { out.textContent += `closed ${event.code}`; };
}"""


class Lab:
    """The page as a person uses it. Whatever the browser complains about is kept."""

    def __init__(self, lab: Any, page: Any) -> None:
        self.lab = lab
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))

    async def open(self) -> None:
        await self.page.goto(self.lab.url)
        await self.page.locator("#open:enabled").wait_for()

    async def log_in(self, password: str | None = None) -> None:
        await self.page.get_by_label("Username").fill(self.lab.username)
        await self.page.get_by_label("Password").fill(password or self.lab.password)
        await self.page.get_by_role("button", name="Log in", exact=True).click()

    async def connect(self, strategy: str, backend: str) -> None:
        await self.page.get_by_role("radio", name=strategy).check()
        await self.page.get_by_label("Backend").select_option(backend)
        await self.page.get_by_role("button", name="Connect", exact=True).click()

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def says(self, selector: str, text: str) -> None:
        await self.page.locator(selector, has_text=text).last.wait_for()


@pytest.fixture
async def visitor(browser: Any, lab: Any) -> AsyncIterator[Lab]:
    page = await browser.new_page()
    page.set_default_timeout(10_000)
    yield Lab(lab, page)
    await page.close()


async def test_every_pair_that_a_browser_can_use(visitor: Lab) -> None:
    await visitor.open()
    await visitor.log_in()
    await visitor.says("#login-status", "Logged in as ada")
    for pair in PAIRS:
        await visitor.connect(pair.strategy_name, pair.backend_name)
        await visitor.says("#state", "Connected as ada.")
        await visitor.press("Say hello !")
        await visitor.says("#log .received", "The command to say hello was received")
        await visitor.press("Disconnect")
        await visitor.says("#state", "Closed with 1000.")
        await visitor.press("Clear")
    await visitor.press("Log out")
    await visitor.says("#login-status", "Logged out.")
    assert visitor.complaints == []


async def test_what_is_logged_shows_no_credential(visitor: Lab) -> None:
    await visitor.open()
    answer = await visitor.page.request.post(
        f"{visitor.lab.url}/api/login/", form={"username": visitor.lab.username, "password": visitor.lab.password}
    )
    token = (await answer.json())["token"]
    await visitor.log_in()
    await visitor.says("#login-status", "Logged in as ada")
    for strategy in ("querystring", "subprotocol", "first_message"):
        await visitor.connect(strategy, "authtoken")
        await visitor.says("#state", "Connected as ada.")
        await visitor.press("Disconnect")
        await visitor.says("#state", "Closed with 1000.")
    shown = await visitor.page.content()
    assert token[:4] in shown
    assert token not in shown
    assert visitor.lab.password not in shown
    assert await visitor.page.evaluate("localStorage.length + sessionStorage.length") == 0


async def test_log_out_ends_every_credential(visitor: Lab) -> None:
    await visitor.open()
    await visitor.log_in()
    await visitor.says("#login-status", "Logged in as ada")
    await visitor.press("Log out")
    await visitor.says("#login-status", "Logged out.")
    for backend in ("session", "authtoken", "simplejwt"):
        await visitor.connect("cookie", backend)
        await visitor.says("#state", "Closed with 1006.")
        await visitor.press("Clear")
    await visitor.connect("querystring", "authtoken")
    await visitor.says("#state", "Log in first")


async def test_a_wrong_password_is_said_on_the_page(visitor: Lab) -> None:
    await visitor.open()
    await visitor.log_in("wrong")
    await visitor.says("#login-status", "Unable to log in with provided credentials.")
    assert await visitor.page.locator("#held li").count() == 0


async def test_a_browser_cannot_use_the_header_and_is_told_why(visitor: Lab) -> None:
    await visitor.open()
    header = visitor.page.get_by_role("radio", name="header")
    assert await header.is_disabled()
    await visitor.says("#strategies label", "no script can set this header")


async def test_refusals_are_explained(browser: Any, start_lab: Callable[..., Any]) -> None:
    page = await browser.new_page()
    page.set_default_timeout(10_000)
    visitor = Lab(start_lab(WSAUTH_REFUSE="close", WSAUTH_DEADLINE="0.5"), page)
    await visitor.open()
    await visitor.log_in()
    await visitor.says("#login-status", "Logged in as ada")
    await page.get_by_label("Credential").select_option("spoiled")
    for strategy in ("querystring", "subprotocol", "first_message"):
        for backend in ("authtoken", "simplejwt", "ticket"):
            await visitor.connect(strategy, backend)
            await visitor.says("#state", "Closed with 4401.")
            await visitor.says("#log .closed", "Get a new credential, then try once.")
            await visitor.press("Clear")
    await page.get_by_label("Credential").select_option("none")
    await visitor.connect("first_message", "authtoken")
    await visitor.says("#state", "Closed with 4408.")
    await page.close()
    assert visitor.complaints == []


async def test_a_foreign_page_cannot_use_the_cookie(visitor: Lab, friend: Any, stranger: Any) -> None:
    """Another port is the same site: the cookie is sent along, and only the Origin protects."""
    await visitor.open()
    await visitor.log_in()
    await visitor.says("#login-status", "Logged in as ada")
    for pair in ("cookie/session", "cookie/authtoken", "cookie/simplejwt"):
        friend.html = stranger.html = HIJACK.format(socket_url=visitor.lab.socket_url, pair=pair)
        await visitor.page.goto(friend.url)
        await visitor.says("#out", '"user": "ada"')
        await visitor.page.goto(stranger.url)
        await visitor.says("#out", "closed")
        assert await visitor.page.locator("#out").inner_text() == "closed 1006"


async def test_a_ticket_is_good_on_the_page_that_fetched_it_only(visitor: Lab, friend: Any) -> None:
    """The other page may connect, with tickets of its own."""
    for page, end in ((visitor.lab.url, '"user": "ada"'), (friend.url, "closed 1006")):
        await visitor.open()
        ticket = await visitor.page.evaluate(FETCH_TICKET, [visitor.lab.username, visitor.lab.password])
        friend.html = "<!doctype html><title>friend</title>"
        await visitor.page.goto(page)
        await visitor.page.evaluate(USE_TICKET, f"{visitor.lab.socket_url}/ws/querystring/ticket/?token={ticket}")
        await visitor.says("#out", end)


async def test_the_tutorials_page_works_unchanged(visitor: Lab, friend: Any) -> None:
    friend.html = TUTORIAL.format(**visitor.lab._asdict(), socket_url=visitor.lab.socket_url)
    await visitor.page.goto(friend.url)
    await visitor.says("#out", "The command to say hello was received x")
    assert visitor.complaints == []


async def test_on_a_foreign_origin_the_tutorials_page_gets_no_token(visitor: Lab, stranger: Any) -> None:
    stranger.html = TUTORIAL.format(**visitor.lab._asdict(), socket_url=visitor.lab.socket_url)
    async with visitor.page.expect_event("pageerror") as caught:
        await visitor.page.goto(stranger.url)
    assert "Failed to fetch" in str(await caught.value)
    assert any("blocked by CORS policy" in complaint for complaint in visitor.complaints)
