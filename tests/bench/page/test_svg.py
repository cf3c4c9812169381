from __future__ import annotations

import re

from matplotlib.figure import Figure

from bench.page.svg import ACCENT, INK, inline


def draw(figure: Figure) -> None:
    axes = figure.add_axes((0.1, 0.2, 0.8, 0.7))
    axes.plot([0, 1, 2], [0.123456, 3, 2], "o-", color=ACCENT, mec=INK)
    axes.set_xlabel("1.2345 × that")
    axes.text(1, 1, "<b> & co $x$", color=INK)


def made(name: str = "one") -> str:
    return inline(name, 300, 200, draw, title="What <it> is", says="Numbers: 1.2345")


def test_it_has_a_title_and_a_description() -> None:
    assert made().startswith(
        '<svg viewBox="0 0 300 200" width="300" height="200" role="img" aria-labelledby="one-title one-says">'
        '<title id="one-title">What &lt;it&gt; is</title><desc id="one-says">Numbers: 1.2345</desc>'
    )


def test_its_colours_and_its_font_are_the_pages() -> None:
    assert "var(--accent)" in made()
    assert "currentColor" in made()
    assert "#0101" not in made()
    assert "font-family" not in made()
    assert "font-size" not in made()
    assert 'class="middle quiet"' in made()


def test_nothing_in_it_says_nothing() -> None:
    assert not re.search(r"<g>|<g/>|rotate\(-0| L ", made())
    assert made().count("<g ") == made().count("</g>")


def test_text_is_text_and_numbers_of_the_drawing_are_short() -> None:
    assert "1.2345 × that</text>" in made()
    assert "&lt;b&gt; &amp; co $x$</text>" in made()
    drawn = " ".join(re.findall(r'\bd="([^"]*)"', made()))
    assert drawn
    assert not re.search(r"\.\d\d", drawn)


def test_ids_are_its_own_and_only_those_that_are_used() -> None:
    ids = set(re.findall(r'id="([^"]+)"', made()))
    assert ids == {"one-title", "one-says"} | set(re.findall(r'(?:href="#|url\(#)([\w.-]+)', made()))
    assert not ids & set(re.findall(r'id="([^"]+)"', made("two")))


def test_it_names_no_host_and_is_the_same_every_time() -> None:
    assert made() == made()
    assert not re.search(r"https?:|xmlns|<style|<metadata|xlink|\d{4}-\d\d-\d\d", made())
