"""Writes the generated parts of the documents: `python -m docs.tables`; `--check` only names stale files.

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`. Rule: facts come from the code, prose
from the document. A table's columns that a part doesn't fill are kept, row by row, as they are found; a
new row gets `markdown.MISSING_PROSE` there, which `tests/test_documents.py` doesn't let pass.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
django.setup()

from django.utils.module_loading import import_string  # noqa: E402

from bench.goals import GOALS, Goal  # noqa: E402
from bench.judged import Verdict  # noqa: E402
from bench.reduce import SUMMARY  # noqa: E402
from bench.view import milliseconds  # noqa: E402
from docs.markdown import Row, read_table, table  # noqa: E402
from strategies import checks, messages, refusal, registry  # noqa: E402
from strategies.conformance import CASES  # noqa: E402
from strategies.flow import Open, Send  # noqa: E402
from strategies.limits import Limits  # noqa: E402
from strategies.policy import Policy  # noqa: E402
from strategies.refusal import CloseCode, Reason  # noqa: E402
from strategies.strategy import Strategy  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("", "docs", "strategies", "strategies/*", "bench")
TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105  an example, nobody's
SESSION_KEY = "0a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoiMSJ9.c2lnbmF0dXJlLWdvZXMtaGVyZQ"
UNFIT = "grüße/2026"
"""No HTTP token, so that it has to be encoded."""
ORIGIN = "https://app.example"
KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLmBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455 §1.3

TESTED = {
    "T06": ("test_the_complete_log_of_a_server", "test_no_log_of_anybody_has_a_credential"),
    "T11": ("test_sixty_kilobytes_are_answered_at_once", "test_a_gate_works_linearly"),
    "T17": ("test_a_flood_is_capped_and_nobody_else_notices",),
    "T18": (
        "test_after_too_many_failures_an_address_waits_and_is_told_how_long",
        "test_the_answer_is_the_same_for_users_that_exist_and_users_that_dont",
        "test_processes_count_failures_together_over_redis",
    ),
    "T22": ("test_ends_when_its_credential_and_the_grace_are_over", "test_no_frame_passes_after_the_end"),
    "T23": (
        "test_a_bad_one_ends_the_connection",
        "test_one_that_ends_sooner_changes_nothing_and_says_what_holds",
        "test_a_flood_ends_the_connection",
        "test_a_refresh_that_is_overtaken_by_the_end_has_no_effect",
    ),
    "T24": (
        "test_ends_the_connections_that_are_meant_and_no_others",
        "test_a_log_out_of_django",
        "test_a_drf_token_is_deleted",
        "test_a_blacklisted_token",
        "test_a_log_out_at_the_other_process",
        "test_thousands_of_decisions_at_once",
    ),
    "T25": ("test_deactivation", "test_deletion", "test_what_no_signal_tells_is_noticed_within_the_interval"),
    "T26": ("test_another_password",),
    "T27": (
        "test_sqlite_lets_exactly_one_of_many_processes_win",
        "test_postgresql_lets_exactly_one_of_many_processes_win",
    ),
    "T28": ("test_its_time_does_not_tell_how_wrong_a_credential_is",),
    "T29": ("test_postgresql_is_away", "test_redis_is_away", "test_after_redis_was_away"),
    "T31": ("test_one_consumer_under_several_policies_is_ruled_by_each_routes_own",),
    "T32": ("test_a_route_without_a_gate_is_a_warning", "test_what_stands_open"),
    "T33": ("test_a_slow_key_server_ends_at_the_gates_deadline_and_takes_one_thread",),
    "T34": ("test_taken_back_at_any_moment_it_never_lives_on",),
    "T36": ("test_control_characters_are_escaped",),
    "T37": ("test_plain_connections_where_encrypted_ones_are_required",),
    "T38": (
        "test_odd_close_frames_end_the_connection_and_nothing_else",
        "test_a_client_that_leaves_at_any_point_leaves_no_trace",
        "test_a_client_that_leaves_during_verification",
    ),
}
"""What no case can express of the threats, and the tests of this repository that show it."""

_PART = re.compile(r"(?P<start><!-- generated: (?P<name>[a-z_ -]+) -->\n)(?P<body>.*?)(?P<end><!-- end -->)", re.DOTALL)


def code(value: object) -> str:
    return f"`{value}`"


# ── what the parts say ───────────────────────────────────────────────────────────────────────────


def close_codes(present: str) -> str:
    sent = {found for reason in Reason for found in (reason.close_code, reason.close_code.private)}
    rows = [
        {
            "Code": str(int(one)),
            "Stand-in": str(int(one.private)) if one.private != one else "–",
            "HTTP": str(one.http_status),
            "Sent by the gate": "yes" if one in sent else "no",
        }
        for one in CloseCode
    ]
    return table(("Code", "Stand-in", "HTTP", "Sent by the gate", "When", "The client"), rows, present)


def reasons(present: str) -> str:
    rows = [
        {
            "Reason": reason.label,
            "Close": str(int(reason.close_code)),
            "HTTP": str(reason.close_code.http_status),
            "`code`": code(reason.error),
            "`retry`": code(reason.retry),
        }
        for reason in Reason
    ]
    return table(("Reason", "Close", "HTTP", "`code`", "`retry`", "Meaning"), rows, present)


def errors(_: str) -> str:
    told = (reason for reason in Reason if "auth.error" in messages.refusal(reason))
    names = ", ".join(dict.fromkeys(code(reason.error) for reason in told))
    return f"`code` is one of {names}. `retry` is one of {', '.join(code(one) for one in refusal.Retry)}.\n"


def frames(_: str) -> str:
    policy = Policy()
    shown = [
        ("S→C", messages.required(policy.deadline, policy.max_message_bytes)),
        ("C→S", messages.auth(JWT)),
        ("S→C", messages.ok(300)),
        ("S→C", messages.ok(None)),
        ("S→C", messages.error(Reason.INVALID)),
        ("S→C", messages.error(Reason.RATE_LIMITED, 30)),
        ("S→C", messages.expiring(30)),
        ("C→S", messages.refresh(JWT)),
        ("C→S", messages.refresh(None)),
        ("S→C", messages.refusal(Reason.WITHDRAWN)),
    ]
    return fenced(f"{way}  {text}" for way, text in shown)


def fields_of(present: str, kind: type[Policy | Limits]) -> str:
    shown = (one for one in fields(kind) if one.init)
    rows = [{"Key": code(one.name.upper()), "Default": code(repr(one.default))} for one in shown]
    return table(("Key", "Default", "Meaning"), rows, present)


def check_ids(present: str) -> str:
    source = inspect.getsource(registry) + inspect.getsource(checks)
    ids = sorted(set(re.findall(r"\b[EW]\d{3}\b", source)))
    return table(("Id", "Reported when"), [{"Id": code(f"{checks.LABEL}.{one}")} for one in ids], present)


def setting_keys(present: str) -> str:
    return table(("Key", "Holds", "Default"), [{"Key": code(key)} for key in registry.KEYS], present)


def strategy_classes(present: str) -> str:
    return _classes(registry.STRATEGIES, present)


def backend_classes(present: str) -> str:
    return _classes(registry.BACKENDS, present)


def _classes(builtin: Mapping[str, str], present: str) -> str:
    rows = [{"Alias": code(alias), "Options": _signature(builtin, alias)} for alias in builtin]
    return table(("Alias", "Options", "Credential"), rows, present)


def _signature(builtin: Mapping[str, str], alias: str) -> str:
    return ", ".join(code(f"{name}={default!r}") for name, default in _options(builtin, alias)) or "none"


def _options(builtin: Mapping[str, str], alias: str) -> list[tuple[str, Any]]:
    """Names and defaults of a built-in class's options; a class by its name."""
    found = inspect.signature(import_string(f"strategies{builtin[alias]}")).parameters.values()
    shown = [(one.name, one.default) for one in found if one.kind is not one.VAR_KEYWORD]
    return [(name, default.__name__ if isinstance(default, type) else default) for name, default in shown]


def options(present: str, alias: str) -> str:
    """The options of one strategy."""
    found = _options(registry.STRATEGIES, alias)
    if not found:
        return "None.\n"
    rows = [{"Option": code(name), "Default": code(repr(default))} for name, default in found]
    return table(("Option", "Default", "Meaning"), rows, present)


def environment(present: str) -> str:
    """The variables that the lab's settings read."""
    source = (ROOT / "core" / "settings.py").read_text()
    names = dict.fromkeys(re.findall(r'environment\.\w+\(\s*"([A-Z_]+)"', source))
    return table(("Variable", "Default", "Meaning"), [{"Variable": code(name)} for name in names], present)


def choose(present: str) -> str:
    yes_no = {True: "yes", False: "no"}
    rows = []
    for alias in registry.STRATEGIES:
        traits = strategy(alias).traits
        rows.append(
            {
                "Strategy": f"[{alias}](strategies/{alias}/README.md)",
                "Browser": yes_no[traits.browser],
                "In the URL": yes_no[traits.in_url],
                "Ambient": yes_no[traits.ambient],
                "Round trips": str(1 + traits.accepts_first),
            }
        )
    return table(("Strategy", "Browser", "In the URL", "Ambient", "Round trips", "Take it when"), rows, present)


def threats(present: str) -> str:
    covering: dict[str, list[str]] = {}
    for case in CASES:
        covering.setdefault(case.threat, []).append(code(case.id))
    rows = []
    for row in read_table(present):
        found = covering.pop(row["Id"], []) + [f"test {code(name)}" for name in TESTED.get(row["Id"], ())]
        rows.append({"Id": row["Id"], "Shown by": ", ".join(found) or "**nothing yet**"})
    rows += [{"Id": threat, "Shown by": ", ".join(found)} for threat, found in sorted(covering.items()) if threat]
    return table(("Id", "Attempt", "Must be seen", "Shown by", "Not shown yet"), rows, present)


def cases(_: str) -> str:
    rows = [{"Case": code(case.id), "Threat": case.threat or "–", "What it tries": case.title} for case in CASES]
    return f"{len(CASES)} cases.\n\n{table(('Case', 'Threat', 'What it tries'), rows, '')}"


def results(_: str) -> str:
    """Of the newest run whose summary is committed."""
    found = json.loads(SUMMARY.read_text("utf-8"))
    rows = [_result(one) for one in found["contenders"] if one.get("p50")]
    versions = found["versions"]
    noise = f"{found['noise'] - 1:.1%}".replace("%", " %")
    names = ("python", "django", "channels", "daphne", "uvicorn")
    with_what = ", ".join(f"{name} {versions[name]}" for name in names if name in versions)
    where = f"{found['date']}, {found['machine']['cpus']} CPUs, {with_what}, {versions['database']}"
    how = (
        f"load average {found['rig']['load_before']:g}, noise {noise}, {found['rounds']:,} rounds: `{found['command']}`"
    )
    return f"{table(_RESULTS, rows, '')}\n{where}; {how}\n"


_RESULTS = ("Contender", "As expected", "WRONG", "p50, ms", "× no auth", "95 % interval")


def _result(one: Mapping[str, Any]) -> Row:
    verdicts, name = one["verdicts"], one["key"].replace("/", " × ")
    interval = f"{one['low']:.2f}–{one['high']:.2f}" if one["low"] else "–"
    return {
        "Contender": name if one["counted"] else f"*{name}*",
        "As expected": str(verdicts.get("as expected", 0)) if verdicts else "–",
        "WRONG": str(verdicts.get("WRONG", 0)) if verdicts else "–",
        "p50, ms": milliseconds(one["p50"]),
        "× no auth": f"{one['ratio']:.2f}" if one["ratio"] else "1",
        "95 % interval": interval,
    }


def goals(_: str) -> str:
    """Each with what came of it in the run whose summary is committed."""
    found = json.loads(SUMMARY.read_text("utf-8")).get("goals", [])
    rows = [
        {
            "Contenders": goal.who,
            "Figure": goal.metric,
            "Goal": _limits(goal),
            "Measured by": code(goal.command),
            "In the kept run": "; ".join(_came(one) for one in found if one["goal"] == goal.id) or "not measured",
        }
        for goal in GOALS
    ]
    return table(("Contenders", "Figure", "Goal", "Measured by", "In the kept run"), rows, "")


def _limits(goal: Goal) -> str:
    names = {server: "" if server == "any" else f", {server}" for server in goal.limits}
    return "; ".join(f"{goal.bound(limit)}{names[server]}" for server, limit in goal.limits.items())


def _came(one: Mapping[str, Any]) -> str:
    return f"{one['where']}: {', '.join(f'{word} by {one[word]}' for word in Verdict if word in one)}"


# ── what is on the wire ──────────────────────────────────────────────────────────────────────────


def strategy(alias: str) -> Strategy:
    """A built-in strategy with its default options."""
    found: Strategy = import_string(f"strategies{registry.STRATEGIES[alias]}")()
    return found


def wire(_: str, alias: str) -> str:
    """What the client half sends, and how a good credential is answered."""
    backend, token = ("session", SESSION_KEY) if strategy(alias).traits.ambient else ("authtoken", TOKEN)
    return fenced(dialogue(alias, f"/ws/{alias}/{backend}/", token))


def wire_encoded(_: str) -> str:
    """A credential that is no HTTP token, as the subprotocol strategy sends it."""
    return fenced(dialogue("subprotocol", "/ws/subprotocol/authtoken/", UNFIT))


def dialogue(alias: str, path: str, token: str) -> Iterator[str]:
    """Request, answer and frames of an attempt that gets in; its credential doesn't expire."""
    subject = strategy(alias)
    steps = list(subject.client(token))
    opening = next(step for step in steps if isinstance(step, Open))
    yield from request(path, opening, origin=ORIGIN if subject.traits.browser else None)
    yield ""
    yield from answer(opening)
    if subject.traits.accepts_first:
        policy = Policy()
        yield ""
        yield f"S→C  {messages.required(policy.deadline, policy.max_message_bytes)}"
        yield from (f"C→S  {step.text}" for step in steps if isinstance(step, Send))
        yield f"S→C  {messages.ok(None)}"


def request(path: str, opening: Open, *, origin: str | None) -> Iterator[str]:
    query = f"?{urlencode(opening.query)}" if opening.query else ""
    yield f"GET {path}{query} HTTP/1.1"
    yield "Host: app.example"
    yield "Connection: Upgrade"
    yield "Upgrade: websocket"
    yield "Sec-WebSocket-Version: 13"
    yield f"Sec-WebSocket-Key: {KEY}"
    if origin:
        yield f"Origin: {origin}"
    if opening.subprotocols:
        yield f"Sec-WebSocket-Protocol: {', '.join(opening.subprotocols)}"
    for name, value in opening.headers:
        yield f"{name.decode().title()}: {value.decode()}"


def answer(opening: Open) -> Iterator[str]:
    yield "HTTP/1.1 101 Switching Protocols"
    yield "Connection: Upgrade"
    yield "Upgrade: websocket"
    yield f"Sec-WebSocket-Accept: {ACCEPT}"
    if opening.subprotocols:
        yield f"Sec-WebSocket-Protocol: {opening.subprotocols[0]}"


def fenced(lines: Iterable[str]) -> str:
    return "```text\n" + "".join(f"{line}\n" for line in lines) + "```\n"


# ── files ────────────────────────────────────────────────────────────────────────────────────────

PARTS: dict[str, Callable[..., str]] = {
    "close codes": close_codes,
    "reasons": reasons,
    "errors": errors,
    "frames": frames,
    "policy": partial(fields_of, kind=Policy),
    "limits": partial(fields_of, kind=Limits),
    "checks": check_ids,
    "setting": setting_keys,
    "strategies": strategy_classes,
    "backends": backend_classes,
    "environment": environment,
    "choose": choose,
    "threats": threats,
    "cases": cases,
    "results": results,
    "goals": goals,
    "encoded": wire_encoded,
}
"""Parts by name. `wire ALIAS` and `options ALIAS` belong to one strategy."""


def rendered(text: str) -> str:
    """A document with every part as it should be. Raises `LookupError` for a part that nobody makes."""

    def replace(found: re.Match[str]) -> str:
        name, body = found["name"], found["body"]
        kind, _, alias = name.partition(" ")
        if kind in ("wire", "options") and alias in registry.STRATEGIES:
            part = (wire if kind == "wire" else options)(body, alias)
        elif name in PARTS:
            part = PARTS[name](body)
        else:
            raise LookupError(f"no part {name!r}; known: {', '.join(PARTS)}, wire ALIAS, options ALIAS")
        return f"{found['start']}\n{part}\n{found['end']}"

    return _PART.sub(replace, text)


def documents() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in ROOT.glob(f"{folder}/*.md" if folder else "*.md"))


def stale() -> list[Path]:
    """The documents that differ from what the code says now."""
    return [path for path in documents() if path.read_text() != rendered(path.read_text())]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m docs.tables", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 when a document is stale")
    check = parser.parse_args().check
    found = stale()
    for path in found:
        if not check:
            path.write_text(rendered(path.read_text()))
        print(f"{'stale' if check else 'written'}: {path.relative_to(ROOT)}")
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
