from __future__ import annotations

from bench.exchanges import Exchanges
from strategies.conformance import Transcript
from strategies.conformance.medium import Answer, Request
from strategies.flow import Open


def said(status: int, *secrets: str) -> Transcript:
    transcript = Transcript()
    transcript.begin(Request("/ws/", Open(), None, "x"), Answer(status))
    transcript.secrets += secrets
    return transcript


def test_each_text_is_kept_once_and_a_cell_knows_where() -> None:
    exchanges = Exchanges(
        {
            ("header/one", "valid", "handshake"): said(101),
            ("header/one", "valid", "close"): said(403),
            ("cookie/two", "valid", "close"): said(101),
            ("cookie/two", "silence", "close"): Transcript(),
        }
    )
    assert ["101" in text for text in exchanges.texts] == [True, False]
    assert exchanges.of("header/one", "valid") == {"handshake": 0, "close": 1}
    assert exchanges.of("cookie/two", "valid") == {"close": 0}
    assert exchanges.of("cookie/two", "silence") == {}  # nothing was dialled
    assert exchanges.of("cookie/two", "nonsense") == {}


def test_credentials_can_be_looked_for_by_contender() -> None:
    exchanges = Exchanges({("a", "x", ""): said(101, "secret-1"), ("a", "y", ""): said(101, "secret-2")})
    assert dict(exchanges.secrets(["a", "b"])) == {"a": ["secret-1", "secret-2"], "b": []}
    assert not any("secret" in text for text in exchanges.texts)


def test_of_some_no_text_is_kept_but_their_credentials_are_looked_for() -> None:
    exchanges = Exchanges({("peer", "x", ""): said(101, "secret-1"), ("a", "x", ""): said(403)}, untold=["peer"])
    assert ["403" in text for text in exchanges.texts] == [True]
    assert exchanges.of("peer", "x") == {}
    assert dict(exchanges.secrets(["peer"])) == {"peer": ["secret-1"]}
