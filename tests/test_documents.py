"""The documents say what is true: generated parts are fresh, examples run, links lead somewhere.

An example is a code block below `<!-- test: NAME -->`. Documents call the package by the name it is installed
under; in a checkout it has another, which `example` puts in its place.
"""

from __future__ import annotations

import ast
import json
import logging
import logging.config
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from django.contrib.auth import get_user_model
from django.db.backends import utils

from bench import benchmarks
from bench.capacity.assumptions import Assumptions
from bench.management.commands import capacity, compare
from docs import markdown, tables
from strategies import logs, registry, signals
from strategies.backend import Backend, NotApplicable, Place, SampleKind, may_authenticate
from strategies.conformance import CASES, Outcome, Verdict, contenders, judge
from strategies.conformance.contender import make_user
from strategies.conformance.inprocess import InProcess
from strategies.conformance.probe import Probe, witness
from strategies.gate import Gate
from strategies.limits.address import Forwarded
from strategies.limits.rates import Rate
from strategies.management.commands import wsauth_revoke
from strategies.models import JournalEntry
from strategies.refusal import Refused
from tests.strategies.lifecycle.clockwork import Clockwork, runs
from tests.strategies.lifecycle.test_hub import decided, knows

ROOT = tables.ROOT
DOCUMENTS = tables.documents()
STRATEGY_PAGES = [ROOT / "strategies" / alias / "README.md" for alias in registry.STRATEGIES]
SECTIONS = ["On the wire", "Browser", "Options", "Threats", "When to use", "When not", "Sources"]

_EXAMPLE = re.compile(
    r"<!-- test: (?P<name>[a-z -]+) -->\n(?:```\w+\n(?P<code>.*?)```|(?P<table>(?:\|[^\n]*\n)+))", re.DOTALL
)
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def example(document: str, name: str) -> str:
    """A marked code block or table."""
    for found in _EXAMPLE.finditer((ROOT / document).read_text("utf-8")):
        if found["name"] == name:
            text = found["code"] or found["table"]
            return re.sub(r"\bwsauth(?=[.\"])|(?<=from )wsauth\b", "strategies", text)
    raise LookupError(f"{document} has no example {name!r}")


def run(source: str, **namespace: Any) -> dict[str, Any]:
    exec(compile(source, "<example>", "exec"), namespace)
    return namespace


def section(document: str, heading: str) -> str:
    """The text below a heading, up to the next of any level."""
    text = (ROOT / document).read_text("utf-8")
    return re.split(r"^#+ ", text.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


# ── every document ───────────────────────────────────────────────────────────────────────────────


def test_generated_parts_are_fresh() -> None:
    assert [name_of(path) for path in tables.stale()] == [], "run `python -m docs.tables`"


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_generated_row_has_its_prose(path: Path) -> None:
    assert markdown.MISSING_PROSE not in path.read_text("utf-8")


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    dead = [target for target in links(path) if not leads_somewhere(path, target)]
    assert dead == []


def links(path: Path) -> Iterator[str]:
    prose = BLOCK.sub("", path.read_text("utf-8"))
    for found in _LINK.finditer(prose):
        if "://" not in found["target"]:
            yield found["target"]


def leads_somewhere(path: Path, target: str) -> bool:
    file, _, anchor = target.partition("#")
    to = (path.parent / file).resolve() if file else path
    if not to.is_relative_to(ROOT) or not to.exists():
        return False
    return not anchor or anchor in anchors(to)


def anchors(path: Path) -> set[str]:
    """As GitHub makes them of headings."""
    prose = BLOCK.sub("", path.read_text("utf-8"))
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_a_dead_link_is_noticed() -> None:
    readme = ROOT / "README.md"
    assert leads_somewhere(readme, "PROTOCOL.md#close-codes")
    assert not leads_somewhere(readme, "PROTOCOL.md#no-such-heading")
    assert not leads_somewhere(readme, "no-such-file.md")
    assert not leads_somewhere(readme, "../outside.md")


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_code_is_well_formed(path: Path) -> None:
    for found in BLOCK.finditer(path.read_text("utf-8")):
        if found["language"] == "python":
            ast.parse(found["code"])
        elif found["language"] == "json":
            json.loads(found["code"])


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_threats_that_are_named_exist(path: Path) -> None:
    known = {row["Id"] for row in tables.read_table(section("docs/threats.md", "Threats"))}
    assert set(re.findall(r"\bT\d\d\b", path.read_text("utf-8"))) <= known
    assert {case.threat for case in CASES if case.threat} <= known


def test_the_threats_that_nothing_shows_say_so() -> None:
    for row in tables.read_table(section("docs/threats.md", "Threats")):
        unshown = row["Shown by"] == "**nothing yet**"
        assert row["Not shown yet"] != "–" or not unshown, row["Id"]
        assert unshown or "all of it" not in row["Not shown yet"], row["Id"]


def test_the_tests_that_show_a_threat_exist() -> None:
    files = [path for folder in ("tests", "bench") for path in (tables.ROOT / folder).rglob("test_*.py")]
    written = "".join(path.read_text("utf-8") for path in files)
    for name in (name for names in tables.TESTED.values() for name in names):
        assert f"def {name}(" in written, name


# ── the generator ────────────────────────────────────────────────────────────────────────────────


def test_a_part_that_nobody_makes_is_an_error() -> None:
    with pytest.raises(LookupError, match="no part 'nonsense'"):
        tables.rendered("<!-- generated: nonsense -->\n<!-- end -->")


def test_a_new_row_asks_for_its_prose_and_an_old_one_keeps_it() -> None:
    present = "| Key | Fact | Prose |\n| --- | --- | --- |\n| a | 1 | kept |\n| gone | 1 | dropped |\n"
    assert tables.read_table(
        tables.table(("Key", "Fact", "Prose"), [{"Key": "a", "Fact": "2"}, {"Key": "b"}], present)
    ) == [
        {"Key": "a", "Fact": "2", "Prose": "kept"},
        {"Key": "b", "Fact": markdown.MISSING_PROSE, "Prose": markdown.MISSING_PROSE},
    ]


@pytest.mark.parametrize(("arguments", "code", "after"), [(["--check"], 1, "old"), ([], 0, "fresh")])
def test_check_only_names_what_a_run_without_it_writes(
    arguments: list[str], code: int, after: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    document = tmp_path / "README.md"
    document.write_text("<!-- generated: errors -->\nold\n<!-- end -->\n")
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["tables", *arguments])
    assert tables.main() == code
    assert "README.md" in capsys.readouterr().out
    assert ("old" in document.read_text()) is (after == "old")
    assert bool(tables.stale()) is (after == "old")


# ── the strategies' pages ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", STRATEGY_PAGES, ids=name_of)
def test_a_strategy_page_has_its_sections(path: Path) -> None:
    assert re.findall(r"^## (.+)$", path.read_text("utf-8"), re.MULTILINE) == SECTIONS


@pytest.mark.parametrize("alias", registry.STRATEGIES)
def test_a_strategy_shows_what_its_client_half_sends(alias: str) -> None:
    for document in (f"strategies/{alias}/README.md", "PROTOCOL.md"):
        assert f"<!-- generated: wire {alias} -->" in (ROOT / document).read_text("utf-8")


# ── the backends' page ───────────────────────────────────────────────────────────────────────────

BACKENDS = {
    "authtoken": {},
    "simplejwt": {},
    "simplejwt_stateless": {"CLASS": "simplejwt", "OPTIONS": {"stateless": True}},
    "session": {},
    "ticket": {},
}


def backend(alias: str) -> Backend:
    found = registry.build(
        {
            "STRATEGIES": {"header": {}, "cookie": {}},
            "BACKENDS": {alias: BACKENDS[alias]},
            "POLICY": {"ORIGINS": ["https://app.example"]},
        }
    )
    return found.pairs[0].backend


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts the queries of every thread."""
    count: Counter[str] = Counter()
    execute = utils.CursorWrapper.execute

    def counting(self: Any, *arguments: Any) -> Any:
        count["queries"] += 1
        return execute(self, *arguments)

    monkeypatch.setattr(utils.CursorWrapper, "execute", counting)
    return count


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("alias", BACKENDS)
async def test_samples_and_queries_are_those_of_the_tables(alias: str, queries: Counter[str]) -> None:
    subject = backend(alias)
    offered, refused = [], []
    for kind in SampleKind:
        try:
            token = await subject.sample(kind, await make_user())
        except NotApplicable:
            continue
        offered.append(kind.value)
        queries.clear()
        try:
            may_authenticate((await subject.verify(token)).user)
        except Refused:
            refused.append(queries["queries"])
        else:
            assert kind in (SampleKind.VALID, SampleKind.EXPIRING)
            valid = queries["queries"]

    page = "strategies/backends/README.md"
    kinds = tables.read_table(section(page, "Samples"))
    assert [row["Kind"] for row in kinds] == [kind.value for kind in SampleKind]
    assert [row["Kind"] for row in kinds if row[f"`{alias}`"] == "yes"] == offered
    rows = {row["Backend"]: row for row in tables.read_table(section(page, "Queries per connect"))}
    told = rows[f"`{alias}`"]
    assert (int(told["Valid"]), int(told["Refused, at most"])) == (valid, max(refused))


# ── examples that run ────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
async def test_the_view_of_the_tickets_makes_good_ones() -> None:
    user, subject = await make_user(), backend("ticket")
    request = SimpleNamespace(user=user, headers={"Origin": "https://APP.example"})
    ticket_for = run(example("strategies/backends/README.md", "ticket"))["ticket_for"]
    token = await sync_to_async(ticket_for)(request)
    assert (await subject.verify_at(token, Place("/ws/chat/", "https://app.example"))).user == user


def test_the_adoption_settings_build() -> None:
    config = run(example("README.md", "adopt settings"))
    assert "strategies" in config["INSTALLED_APPS"]
    built = registry.build(config["WS_AUTH"])
    assert built.problems == ()
    assert [pair.key for pair in built.pairs] == ["first_message/authtoken", "cookie/session"]


def test_the_adoption_routing_is_guarded(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WS_AUTH = run(example("README.md", "adopt settings"))["WS_AUTH"]
    consumers = ModuleType("chat.consumers")
    consumers.ChatConsumer = type("ChatConsumer", (), {"as_asgi": staticmethod(lambda: witness)})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "chat", ModuleType("chat"))
    monkeypatch.setitem(sys.modules, "chat.consumers", consumers)
    router = run(example("README.md", "adopt routing"))["websockets"]
    assert isinstance(router, URLRouter)
    gates = [route.callback for route in router.routes]
    assert all(isinstance(gate, Gate) and gate.app is witness for gate in gates)
    assert [gate.policy.refuse for gate in gates] == ["handshake", "close"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("id", ["valid", "missing", "tampered", "nothing-left", "duplicate"])
async def test_the_plug_in_example_passes(id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("acme.sockets")
    exec(example("README.md", "plug-in"), module.__dict__)
    monkeypatch.setitem(sys.modules, "acme", ModuleType("acme"))
    monkeypatch.setitem(sys.modules, "acme.sockets", module)
    built = registry.build(run(example("README.md", "plug-in settings"))["WS_AUTH"])
    assert built.problems == ()
    (pair,), (contender,) = built.pairs, contenders(built.pairs)
    probe = Probe()
    case = next(case for case in CASES if case.id == id)
    verdict = await judge(case, contender, InProcess(pair.guard(probe.wrap(witness)), probe))
    assert verdict == Verdict(Outcome.EXPECTED)


def wrong_in_the_readme() -> set[str]:
    rows = tables.read_table(section("strategies/conformance/README.md", "Your own middleware").split("What fails")[1])
    return {id for row in rows for id in re.findall(r"`([^`]+)`", row["WRONG in"])}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_the_conformance_example_is_wrong_where_it_is_said_to_be(case: Any) -> None:
    theirs: Callable[[Any], Any] = run(example("strategies/conformance/README.md", "conformance"))["test_my_middleware"]
    if case.id in wrong_in_the_readme():
        with pytest.raises(AssertionError):
            await theirs(case)
    else:
        await theirs(case)


def test_the_settings_example_builds() -> None:
    built = registry.build(run(example("docs/settings.md", "settings"))["WS_AUTH"])
    assert built.problems == ()
    rules = {pair.key: pair.policy for pair in built.pairs}
    assert list(rules) == ["first_message/simplejwt", "first_message/authtoken", "cookie/session", "cookie/authtoken"]
    assert (rules["first_message/authtoken"].deadline, rules["first_message/simplejwt"].deadline) == (10, 5)


def test_the_limits_example_builds() -> None:
    built = registry.build(run(example("docs/limits.md", "limits"))["WS_AUTH"])
    assert built.problems == ()
    (pair,) = built.pairs
    limits = pair.limits
    assert (limits.failures_per_address, limits.connects_per_user) == (Rate(60, 60), Rate(120, 60))
    assert limits.address == Forwarded("X-Forwarded-For", 1)


def test_a_route_has_rules_of_its_own() -> None:
    gate = run(example("docs/settings.md", "guard"))["strict"]
    assert (gate.policy.refuse, gate.policy.deadline) == ("close", 2.0)


@pytest.mark.django_db(transaction=True)
def test_the_example_of_a_revocation_is_recorded() -> None:
    user = get_user_model().objects.create(username="ada")
    run(example("README.md", "revoke"), user=user)
    assert [entry.user for entry in JournalEntry.objects.all()] == [str(user.pk)]


async def test_the_receiver_of_the_signals_hears_of_an_end(caplog: pytest.LogCaptureFixture) -> None:
    receiver = run(example("docs/lifecycle.md", "signals"))["note"]
    caplog.set_level(logging.INFO, "audit")
    try:
        running = await runs("header", knows(7), Clockwork())
        running.hub.apply([decided(user="7")])
        await running.ended()
    finally:
        for signal in (signals.connection_revoked, signals.connection_expired):
            assert signal.disconnect(receiver)
    assert "user 7 left /ws/: withdrawn" in caplog.messages


def logged() -> Iterator[tuple[str, str, str]]:
    """Logger, level and message of whatever the package logs."""
    names = {"log": "wsauth", "security_log": "wsauth.security"}
    for path in sorted((ROOT / "strategies").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(ast.Attribute(ast.Name(name), level), [ast.Constant(str(message)), *_]) if name in names:
                    yield names[name], level.upper(), message


def test_every_event_of_the_logs_is_in_the_table() -> None:
    rows = tables.read_table(example("docs/deploy.md", "log events").replace("strategies.", "wsauth."))
    told = [(row["Logger"].strip("`"), row["Level"], row["Message"].strip("`")) for row in rows]
    assert sorted(told) == sorted(logged())


@pytest.mark.django_db
def test_an_admin_of_their_own_offers_the_action(rf: Any, admin_user: Any) -> None:
    made = run(example("docs/lifecycle.md", "admin"))
    site, request = made["site"], rf.get("/")
    request.user = admin_user
    site.register(type(admin_user), made["PeopleAdmin"])
    assert "end_connections" in site.get_model_admin(type(admin_user)).get_actions(request)
    assert site.is_registered(made["JournalEntry"])


@pytest.fixture
def uvicorn_log() -> Iterator[logging.Logger]:
    """Without filters, then and afterwards."""
    loggers = [logging.getLogger(name) for name in logs.SERVER_LOGGERS]
    before = [logger.filters[:] for logger in loggers]
    for logger in loggers:
        logger.filters.clear()
    yield loggers[0]
    for logger, filters in zip(loggers, before, strict=True):
        logger.filters[:] = filters


def passed(logger: logging.Logger, message: str, *arguments: object) -> str:
    record = logger.makeRecord("x", logging.INFO, "f", 1, message, arguments, None)
    return record.getMessage() if logger.filter(record) else ""


@pytest.mark.parametrize("name", ["logs", "logs settings"])
def test_the_log_filter_hides_queries(name: str, uvicorn_log: logging.Logger) -> None:
    if config := run(example("docs/deploy.md", name)).get("LOGGING"):
        logging.config.dictConfig(config)
    said = passed(uvicorn_log, '%s - "WebSocket %s" %d', "127.0.0.1:1", "/ws/?token=secret", 401)
    assert said == '127.0.0.1:1 - "WebSocket /ws/?[redacted]" 401'


def test_the_idle_error_can_be_left_out(uvicorn_log: logging.Logger) -> None:
    run(example("docs/deploy.md", "idle error"))
    assert passed(uvicorn_log, "ASGI callable returned without completing handshake.") == ""
    assert passed(uvicorn_log, "ASGI callable returned without sending handshake.")


def test_the_logging_example_shows_refusals(capsys: Any) -> None:
    logger = logging.getLogger("wsauth.security")
    before = (logger.handlers[:], logger.level, logger.propagate)
    try:
        logging.config.dictConfig(
            run(example("docs/deploy.md", "logging").replace("strategies.", "wsauth."))["LOGGING"]
        )
        facts = {"reason": "EXPIRED", "strategy": "cookie", "backend": "session", "client_address": "127.0.0.1"}
        logger.info("refused: %s on %s", "expired", "/ws/", extra=facts)
    finally:
        logger.handlers[:], logger.level, logger.propagate = before
    assert "refused: expired on /ws/ cookie session 127.0.0.1" in capsys.readouterr().err


COMMANDS = {"compare": compare, "capacity": capacity}


@pytest.mark.parametrize(
    ("command", "document", "name"),
    [
        *((module.Command(), f"docs/{name}.md", f"{name} flags") for name, module in COMMANDS.items()),
        (wsauth_revoke.Command(), "docs/lifecycle.md", "revoke flags"),
    ],
    ids=[*COMMANDS, "wsauth_revoke"],
)
def test_the_flags_of_a_command_are_all_there(command: Any, document: str, name: str) -> None:
    parser = command.create_parser("manage.py", "command")
    own = {option for action in parser._actions for option in action.option_strings if option.startswith("--")}
    inherited = {"--help", "--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color"}
    rows = tables.read_table(example(document, name))
    told = {flag for row in rows for flag in re.findall(r"--[a-z-]+", row["Flag"])}
    assert told == own - inherited - {"--force-color", "--skip-checks"}


def test_each_assumption_is_there_with_its_default_and_its_reason() -> None:
    rows = tables.read_table(example("docs/capacity.md", "capacity flags"))
    told = {row["Flag"].strip("`").partition(" ")[0]: row["Meaning"] for row in rows}
    for flag, value, why in Assumptions().told():
        assert told[flag] == f"{value}: {why}"


@pytest.mark.parametrize(
    ("document", "name", "codes"),
    [
        *((f"docs/{name}.md", f"{name} exit codes", command.EXIT_CODES) for name, command in COMMANDS.items()),
        ("docs/benchmarks.md", "benchmark exit codes", benchmarks.EXIT_CODES),
    ],
)
def test_the_exit_codes_are_all_there(document: str, name: str, codes: str) -> None:
    rows = tables.read_table(example(document, name))
    assert [int(row["Code"]) for row in rows] == sorted({int(one) for one in re.findall(r"\b\d+\b", codes)})
