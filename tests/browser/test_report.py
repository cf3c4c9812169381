"""The report in a real browser: nobody is shut out, by a colour, a keyboard, a narrow window or a missing script.

What axe would check and can be computed here is checked here: language, landmarks, names of controls, contrast of
every text in both schemes, focus that can be seen, nothing wider than the window.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from bench import page
from bench.results import Column
from bench.summary import case_rows
from strategies import registry
from tests.bench import made

pytestmark = pytest.mark.browser

CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const behind = (one) => {
    for (; one; one = one.parentElement) {
      const colour = rgba(getComputedStyle(one).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const poor = new Set();
  let seen = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text; (text = walker.nextNode());) {
    const one = text.parentElement, style = getComputedStyle(one);
    if (!text.data.trim() || !one.checkVisibility() || style.fontSize === "0px") continue;
    if (one.closest("script, style, title, desc")) continue;
    const colour = rgba(one.closest("svg") ? style.fill : style.color);
    const [a, b] = [light(colour), light(behind(one))].sort((x, y) => y - x);
    seen += 1;
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) poor.add(`${text.data.trim().slice(0, 30)}: ${contrast.toFixed(2)}`);
  }
  return {seen, poor: [...poor]};
}"""

NAMELESS = """() => [...document.querySelectorAll("a, button, input, [role=region], section, dialog, nav, svg, table")]
  .filter((one) => {
    const label = (one.getAttribute("aria-labelledby") || "").split(" ").filter(Boolean);
    const named = label.length && label.every((id) => document.getElementById(id)?.textContent.trim());
    if (one.tagName === "TABLE") return !one.closest("[role=region]");
    if (one.tagName === "INPUT") return !one.labels.length;
    return !(named || one.ariaLabel || (["A", "BUTTON"].includes(one.tagName) && one.textContent.trim()));
  }).map((one) => one.outerHTML.slice(0, 80))"""

WIDER = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.checkVisibility() && !one.closest(".scroll, .skip, svg"))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => one.outerHTML.slice(0, 80))"""


class Reader:
    """Somebody with the report open. Whatever the browser complains about or asks the network for is kept."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        page.on("request", lambda request: self.asked.append(request.url))

    async def focused(self) -> str:
        return str(await self.page.evaluate("document.activeElement.textContent.trim()"))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "index.html"
    path.write_text(page.content(made.everything()), encoding="utf-8")
    return path


@pytest.fixture
async def visitor(browser: Any, report: Path) -> AsyncIterator[Any]:
    """Opens the report in a window of one's own."""
    readers: list[Reader] = []

    async def visit(**options: Any) -> Reader:
        reader = Reader(await browser.new_page(**options))
        reader.page.set_default_timeout(10_000)
        readers.append(reader)
        await reader.page.goto(report.as_uri())
        return reader

    yield visit
    for reader in readers:
        assert reader.complaints == []
        assert {url.partition(":")[0] for url in reader.asked} <= {"file", "data"}
        await reader.page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_stands_out(visitor: Any, scheme: str) -> None:
    reader = await visitor(color_scheme=scheme)
    await reader.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    found = await reader.page.evaluate(CONTRAST)
    assert found["seen"] > 300
    assert found["poor"] == []


@pytest.mark.parametrize("width", [320, 360, 768, 1280, 1440])
async def test_nothing_is_wider_than_the_window(visitor: Any, width: int) -> None:
    reader = await visitor(viewport={"width": width, "height": 800})
    assert await reader.page.evaluate("document.documentElement.scrollWidth") <= width
    assert await reader.page.evaluate(WIDER) == []


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of all pairs and cases, with their real names."""
    cases = case_rows()
    columns = [
        Column(pair.key, True, {case.id: made.OK for case in cases}, asdict(pair.strategy.traits))
        for pair in registry.pairs()
    ]
    path = tmp_path_factory.mktemp("whole") / "index.html"
    path.write_text(page.content(made.everything(cases=cases, columns=columns, leaks=[])), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [320, 360, 768, 1216, 1217, 1280])
async def test_which_to_take_is_read_without_scrolling_sideways(visitor: Any, whole: Path, width: int) -> None:
    reader = await visitor(viewport={"width": width, "height": 800})
    await reader.page.goto(whole.as_uri())
    assert await reader.page.locator("#candidates thead th").count() == 2 + 11
    for table in ("#candidates", "#aims"):
        box = reader.page.locator(f".scroll:has({table})")
        assert await box.evaluate("(one) => one.scrollWidth <= one.clientWidth"), table


async def test_in_a_narrow_window_each_answer_still_says_to_what(visitor: Any) -> None:
    reader = await visitor(viewport={"width": 360, "height": 800})
    cell = reader.page.locator("#candidates tbody td").nth(1)
    assert await cell.evaluate("(one) => getComputedStyle(one, '::before').content") == '"✓ script in a browser"'
    assert await reader.page.get_by_role("row").filter(has_text="header × one").count() >= 1
    assert await cell.get_attribute("role") == "cell"


async def test_it_has_a_language_landmarks_and_names(visitor: Any) -> None:
    reader = await visitor()
    assert await reader.page.evaluate("document.documentElement.lang") == "en"
    for landmark in ("main", "header", "nav", "h1"):
        assert await reader.page.locator(landmark).count() == 1
    assert await reader.page.evaluate(NAMELESS) == []


async def test_focus_can_be_seen_and_never_gets_lost(visitor: Any) -> None:
    reader = await visitor()
    await reader.page.keyboard.press("Tab")
    assert await reader.focused() == "To the content"
    places = set()
    for _ in range(60):
        await reader.page.keyboard.press("Tab")
        where, outline = await reader.page.evaluate(
            "[document.activeElement.outerHTML.slice(0, 60), getComputedStyle(document.activeElement).outlineStyle]"
        )
        places.add(where)
        assert outline != "none" or where.startswith("<body"), where
    assert len(places) > 20


async def test_a_cell_opens_what_went_over_the_wire(visitor: Any) -> None:
    reader = await visitor()
    first = reader.page.locator("#matrix td a").first
    await first.focus()
    await reader.page.keyboard.press("Enter")
    dialog = reader.page.get_by_role("dialog")
    await dialog.wait_for()
    assert await dialog.get_by_role("heading").inner_text() == "a valid credential gets in"
    assert await dialog.locator(".who").inner_text() == "header/one: ok"
    assert await dialog.locator("pre").count() == 2
    await reader.page.keyboard.press("Escape")
    await dialog.wait_for(state="hidden")
    assert await reader.focused() == "ok"


async def test_arrows_go_from_cell_to_cell_and_the_tabulator_past_them(visitor: Any) -> None:
    reader = await visitor()
    cells = reader.page.locator("#matrix td a")
    assert await cells.evaluate_all("those => those.filter((one) => one.tabIndex === 0).length") == 1
    await cells.first.focus()
    for key, column, row in (("ArrowRight", 2, "valid"), ("ArrowDown", 2, "silence"), ("ArrowDown", 2, "silence")):
        await reader.page.keyboard.press(key)
        at = await reader.page.evaluate(
            "[document.activeElement.parentElement.cellIndex,"
            " document.activeElement.closest('tr').querySelector('code').textContent]"
        )
        assert at == [column, row]


async def test_needs_leave_the_pairs_that_meet_them(visitor: Any) -> None:
    reader = await visitor()
    rows, found = reader.page.locator("#candidates tbody tr:visible"), reader.page.locator("#found")
    assert await found.inner_text() == "2 of 2 pairs will do. The quickest: header × one."
    await reader.page.get_by_label("pages of another site are to connect").check()
    assert await rows.count() == 1
    assert await found.inner_text() == "1 of 2 pairs will do. The quickest: header × one."


async def test_pairs_within_the_noise_are_equally_quick(visitor: Any) -> None:
    reader = await visitor()
    await reader.page.evaluate("document.querySelector('#needs').dataset.noise = '1.4'")
    await reader.page.get_by_label("a script in a browser is the client").check()
    said = await reader.page.locator("#found").inner_text()
    assert said.endswith("The quickest: header × one, cookie × two, which differ by less than the noise.")


async def test_a_table_is_copied_as_csv(browser: Any, report: Path) -> None:
    context = await browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = await context.new_page()
    await page.goto(report.as_uri())
    await page.get_by_role("button", name="Copy as CSV").first.click()
    await page.get_by_role("button", name="Copied").wait_for()
    copied = (await page.evaluate("navigator.clipboard.readText()")).splitlines()
    assert copied[0] == "contender,samples,p50 ms,p95 ms,p99 ms,× no auth,95 % interval,verdict,wrong answers"
    assert copied[1] == "header × one,200,2.00,3.00,–,1.50,1.40–1.60,slower,0"
    await context.close()


async def test_the_theme_is_the_systems_until_somebody_wants_the_other(visitor: Any) -> None:
    reader = await visitor(color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = await reader.page.evaluate(paper)
    await reader.page.get_by_role("button", name="Light or dark").click()
    light = await reader.page.evaluate(paper)
    await reader.page.get_by_role("button", name="Light or dark").click()
    assert (dark, light, await reader.page.evaluate(paper)) == ("rgb(18, 22, 27)", "rgb(255, 255, 255)", dark)


async def test_without_a_script_everything_is_there(visitor: Any, browser: Any) -> None:
    context = await browser.new_context(java_script_enabled=False)
    reader = Reader(await context.new_page())
    report = (await visitor()).page.url
    await reader.page.goto(report)
    assert await reader.page.locator("#needs").is_hidden()
    assert await reader.page.locator("#candidates tbody tr:visible").count() == 2
    await reader.page.locator("#matrix td a").first.click()
    await reader.page.locator("#w1 pre").first.wait_for()
    assert reader.page.url.endswith("#w1")
    await context.close()


async def test_on_paper_it_is_light_and_whole(visitor: Any) -> None:
    reader = await visitor(color_scheme="dark", viewport={"width": 700, "height": 1000})
    await reader.page.emulate_media(media="print")
    assert await reader.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert await reader.page.locator("nav").is_hidden()
    clipped = "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > innerWidth).length"
    assert await reader.page.evaluate(clipped) == 0
