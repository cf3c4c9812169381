from __future__ import annotations

from bench.environment import ORIGIN, fixed, is_fixed

SHELL = {
    "PATH": "/bin",
    "WSAUTH_DEADLINE": "0.1",
    "SECRET_KEY": "of the site",
    "DEBUG": "true",
    "DATABASE_URL": "x://y",
}


def test_what_a_shell_holds_changes_nothing_but_where_things_are() -> None:
    made = fixed(SHELL)
    assert "WSAUTH_DEADLINE" not in made
    assert made["DEBUG"] == "false"
    assert made["WSAUTH_ORIGINS"] == ORIGIN
    assert (made["PATH"], made["DATABASE_URL"]) == ("/bin", "x://y")


def test_each_comparison_has_a_secret_key_of_its_own() -> None:
    keys = {fixed(SHELL)["SECRET_KEY"] for _ in range(3)}
    assert len(keys) == 3
    assert SHELL["SECRET_KEY"] not in keys
    assert all(len(key) >= 50 for key in keys)


def test_it_is_known_from_inside() -> None:
    assert not is_fixed(SHELL)
    assert is_fixed(fixed(SHELL))
