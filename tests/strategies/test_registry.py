"""The settings dict `WS_AUTH`: what it builds, and what is said of everything that is wrong with it."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from strategies import registry
from strategies.backend import Backend, BackendTraits, Identity
from strategies.backends.authtoken import AuthToken
from strategies.backends.simplejwt import STATELESS_AMBIENT, SimpleJWT
from strategies.cookie import Cookie
from strategies.handshake import Handshake
from strategies.policy import Policy
from strategies.querystring import QueryString
from strategies.registry import Pair, build, objection
from strategies.strategy import Strategy, Traits
from tests.strategies.toys import Fixed, Toy, hangs_up

ORIGINS = ["https://app.example"]
STRATEGIES: dict[str, Any] = {"querystring": {}, "cookie": {}}
BACKENDS: dict[str, Any] = {"authtoken": {}, "session": {}}


def config(**more: Any) -> dict[str, Any]:
    return {"STRATEGIES": STRATEGIES, "BACKENDS": BACKENDS, "POLICY": {"ORIGINS": ORIGINS}, **more}


# ── plug-ins, good and bad, in a module of their own: they come in by dotted path ────────────────


class Capricious(Fixed):
    """Fails in the way it is told to."""

    def __init__(self, error: str = "KeyError") -> None:
        raise getattr(builtins, error)("n0nsense")


class Untold(Fixed):
    traits = None  # type: ignore[assignment]


class UntoldBackend(Toy):
    traits = Traits()  # type: ignore[assignment]  # a strategy's


class Silent(Toy):
    traits = BackendTraits("never", "it says so")

    def __init__(self) -> None: ...


class HalfAStrategy:
    traits = Traits()

    def server(self, handshake: Any) -> Any: ...


def function() -> Fixed:
    return Fixed()


def junk() -> str:
    return "junk"


instance = Fixed()
PLUGINS = ModuleType("acme_plugins")
for _name, _value in {
    "Fixed": Fixed,
    "Toy": Toy,
    "Capricious": Capricious,
    "Untold": Untold,
    "UntoldBackend": UntoldBackend,
    "HalfAStrategy": HalfAStrategy,
    "function": function,
    "junk": junk,
    "instance": instance,
}.items():
    setattr(PLUGINS, _name, _value)


@pytest.fixture(autouse=True)
def _plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "acme_plugins", PLUGINS)


# ── everything that can be wrong ─────────────────────────────────────────────────────────────────


def strange(path: str, **options: Any) -> dict[str, Any]:
    return config(STRATEGIES={"strange": {"CLASS": path, **({"OPTIONS": options} if options else {})}})


def strange_backend(path: str, **options: Any) -> dict[str, Any]:
    return config(BACKENDS={"strange": {"CLASS": path, **({"OPTIONS": options} if options else {})}})


QUERY = "querystring/authtoken"
BUILT_IN = "querystring, subprotocol, first_message, cookie, header"
WRONG: list[tuple[str, str, Any, list[str]]] = [  # id, what, setting, what the message and the hint must name
    ("E001", "a list", [], ["WS_AUTH", "list"]),
    ("E001", "None", None, ["NoneType"]),
    ("E001", "a text", "all sensible", ["str"]),
    ("E002", "unknown key", config(STRATEGY={}), ["'STRATEGY'", "STRATEGIES, BACKENDS, PAIRS, POLICY, ROUTES"]),
    ("E002", "lower case", config(policy={}), ["'policy'"]),
    ("E002", "no text", config() | {1: {}}, ["1"]),
    ("E003", "strategies: a list", config(STRATEGIES=["querystring"]), ["STRATEGIES", "['querystring']"]),
    ("E003", "strategies: None", config(STRATEGIES=None), ["STRATEGIES", "None"]),
    ("E003", "unknown alias", config(STRATEGIES={"qs": {}}), ["'qs'", BUILT_IN]),
    ("E003", "alias with a dash", config(STRATEGIES={"my-way": {}}), ["'my-way'", "names a route"]),
    ("E003", "alias with a slash", config(STRATEGIES={"a/b": {}}), ["'a/b'"]),
    ("E003", "alias beyond ASCII", config(STRATEGIES={"stratégie": {}}), ["'stratégie'"]),
    ("E003", "alias no text", config(STRATEGIES={1: {}}), ["1"]),
    ("E005", "a pair beside an alias no text", config(STRATEGIES={1: {}}, PAIRS=["1/x"]), ["'1/x'", "Strategies: 1;"]),
    ("E003", "entry no dict", config(STRATEGIES={"querystring": None}), ["'querystring'", "None"]),
    ("E003", "entry a path", config(STRATEGIES={"querystring": "acme.Query"}), ["'acme.Query'"]),
    ("E003", "entry's key", config(STRATEGIES={"querystring": {"OPTION": {}}}), ["'OPTION'", "CLASS, OPTIONS"]),
    ("E003", "options no dict", config(STRATEGIES={"querystring": {"OPTIONS": ["a"]}}), ["OPTIONS", "['a']"]),
    ("E003", "unknown class", config(STRATEGIES={"x": {"CLASS": "qs"}}), ["'qs'", BUILT_IN]),
    ("E003", "class no text", config(STRATEGIES={"x": {"CLASS": 5}}), ["5", BUILT_IN]),
    ("E003", "class a list", config(STRATEGIES={"x": {"CLASS": ["querystring"]}}), ["['querystring']"]),
    ("E003", "no such module", strange("acme.missing.Strategy"), ["'acme.missing.Strategy'", "can't be imported"]),
    ("E003", "no such name", strange("acme_plugins.Missing"), ["'acme_plugins.Missing'", "can't be imported"]),
    ("E003", "dots only", strange(".."), ["'..'"]),
    ("E003", "a relative path", strange(".querystring.QueryString"), ["'.querystring.QueryString'"]),
    ("E003", "module fails", strange("acme_broken.Strategy"), ["'acme_broken.Strategy'", "ZeroDivisionError"]),
    ("E003", "unknown option", config(STRATEGIES={"querystring": {"OPTIONS": {"name": "t"}}}), ["name", "parameter"]),
    ("E003", "option no text", config(STRATEGIES={"querystring": {"OPTIONS": {1: "t"}}}), ["keywords must be strings"]),
    ("E003", "bad option", config(STRATEGIES={"querystring": {"OPTIONS": {"parameter": "a b"}}}),
     ["'a b'", "parameter"]),
    ("E003", "option of none", config(STRATEGIES={"first_message": {"OPTIONS": {"x": 1}}}), ["x"]),
    *(
        ("E003", f"constructor: {error}", strange("acme_plugins.Capricious", error=error), [error, "n0nsense"])
        for error in ("KeyError", "AttributeError", "ImportError", "RuntimeError", "AssertionError")
    ),
    ("E003", "no strategy", strange("acme_plugins.Toy"), ["Toy is no Strategy"]),
    ("E003", "half a strategy", strange("acme_plugins.HalfAStrategy"), ["HalfAStrategy is no Strategy"]),
    ("E003", "a function of junk", strange("acme_plugins.junk"), ["junk is no Strategy"]),
    ("E003", "an instance", strange("acme_plugins.instance"), ["'acme_plugins.instance'"]),
    ("E003", "a constant", strange("os.sep"), ["'os.sep'"]),
    ("E003", "a class in C", strange("builtins.int"), ["int is no Strategy"]),
    ("E003", "a class in C with options", strange("builtins.int", x=1), ["x"]),
    ("E003", "traits that are none", strange("acme_plugins.Untold"), ["Untold", "traits"]),
    ("E004", "backends: a text", config(BACKENDS="authtoken"), ["BACKENDS", "'authtoken'"]),
    ("E004", "unknown alias", config(BACKENDS={"jwt": {}}), ["'jwt'", "authtoken, simplejwt, session"]),
    ("E004", "entry no dict", config(BACKENDS={"authtoken": []}), ["'authtoken'", "[]"]),
    ("E004", "unknown option", config(BACKENDS={"simplejwt": {"OPTIONS": {"state": 1}}}), ["state", "stateless"]),
    ("E004", "bad option", config(BACKENDS={"simplejwt": {"OPTIONS": {"stateless": 1}}}), ["stateless", "1"]),
    ("E004", "option: no such path", config(BACKENDS={"authtoken": {"OPTIONS": {"authentication": "acme.missing.A"}}}),
     ["acme", "authentication"]),
    ("E004", "option: another class", config(BACKENDS={"authtoken": {"OPTIONS": {"authentication": "builtins.int"}}}),
     ["'builtins.int'"]),
    ("E004", "a strategy", strange_backend("acme_plugins.Fixed"), ["Fixed is no Backend"]),
    ("E004", "traits that are none", strange_backend("acme_plugins.UntoldBackend"), ["UntoldBackend", "traits"]),
    ("E005", "pairs: a text", config(PAIRS="querystring/authtoken"), ["'querystring/authtoken'", "'all sensible'"]),
    ("E005", "pairs: all", config(PAIRS="all"), ["'all'", "'all sensible'"]),
    ("E005", "pairs: None", config(PAIRS=None), ["None"]),
    ("E005", "pairs: a set", config(PAIRS={"querystring/authtoken"}), ["PAIRS"]),
    ("E005", "unknown strategy", config(PAIRS=["header/authtoken"]), ["'header/authtoken'", "querystring, cookie"]),
    ("E005", "unknown backend", config(PAIRS=["querystring/simplejwt"]),
     ["'querystring/simplejwt'", "authtoken, session"]),
    ("E005", "no slash", config(PAIRS=["querystring"]), ["'querystring'", "strategy/backend"]),
    ("E005", "two slashes", config(PAIRS=["querystring/authtoken/x"]), ["'querystring/authtoken/x'"]),
    ("E005", "a tuple", config(PAIRS=[("querystring", "authtoken")]), ["('querystring', 'authtoken')"]),
    ("E005", "no text", config(PAIRS=[None]), ["None"]),
    ("E005", "twice", config(PAIRS=["querystring/authtoken"] * 2), ["'querystring/authtoken'", "twice"]),
    ("E006", "session in a URL", config(PAIRS=["querystring/session"]),
     ["'querystring/session'", "session key is for the session cookie"]),
    ("E006", "stateless in a cookie",
     config(BACKENDS={"simplejwt": {"OPTIONS": {"stateless": True}}}, PAIRS=["cookie/simplejwt"]),
     ["'cookie/simplejwt'", STATELESS_AMBIENT]),
    ("E007", "routes: a list", config(ROUTES=[]), ["ROUTES", "[]"]),
    ("E007", "route not served", config(ROUTES={"header/authtoken": {}}),
     ["'header/authtoken'", "querystring/authtoken"]),
    ("E007", "route senseless", config(ROUTES={"querystring/session": {}}), ["'querystring/session'", "is not served"]),
    ("E007", "route no dict", config(ROUTES={"querystring/authtoken": 5}), ["'querystring/authtoken'", "5"]),
    ("E007", "route's key", config(ROUTES={QUERY: {"OPTION": {}}}), ["'OPTION'", "OPTIONS, POLICY"]),
    ("E007", "route's options", config(ROUTES={QUERY: {"OPTIONS": {"name": "x"}}}),
     ["WS_AUTH['ROUTES']['querystring/authtoken']['OPTIONS']: ", "'name'", "parameter"]),
    ("E007", "route's options no dict", config(ROUTES={QUERY: {"OPTIONS": "x"}}), ["'x'"]),
    ("E008", "policy: a list", config(POLICY=[]), ["POLICY", "[]"]),
    ("E008", "unknown rule", config(POLICY={"ORIGINS": ORIGINS, "DEADLINES": 5}),
     ["'DEADLINES'", "DEADLINE, HANDSHAKE_DEADLINE"]),
    ("E008", "bad rule", config(POLICY={"ORIGINS": ORIGINS, "DEADLINE": 0}), ["DEADLINE", "0"]),
    ("E008", "bad origin", config(POLICY={"ORIGINS": ["app.example"]}), ["'app.example'", "scheme://host"]),
    ("E008", "origins a text", config(POLICY={"ORIGINS": "https://app.example"}), ["'https://app.example'"]),
    ("E008", "route's policy", config(ROUTES={QUERY: {"POLICY": {"REFUSE": "no"}}}),
     ["'querystring/authtoken'", "'no'"]),
    ("E008", "route's policy no dict", config(ROUTES={QUERY: {"POLICY": 5}}), ["'querystring/authtoken'", "5"]),
    ("E009", "ambient without origins", config(POLICY={}), ["'cookie/", "ORIGINS"]),
    ("E009", "by the route", config(ROUTES={"cookie/session": {"POLICY": {"ORIGINS": None}}}),
     ["'cookie/session'", "ORIGINS"]),
    ("E010", "limits: a list", config(LIMITS=[]), ["LIMITS", "[]"]),
    ("E010", "unknown limit", config(LIMITS={"FAILURES": 5}), ["'FAILURES'", "UNAUTHENTICATED, "]),
    ("E010", "no number", config(LIMITS={"CONNECTIONS_PER_USER": "many"}), ["CONNECTIONS_PER_USER", "'many'"]),
    ("E010", "no rate", config(LIMITS={"FAILURES_PER_ADDRESS": "60"}), ["FAILURES_PER_ADDRESS", "'60'", "60/minute"]),
    ("E010", "no storage", config(LIMITS={"STORAGE": "mongodb://ada:pw@host"}), ["'mongodb'", "redis://"]),
    ("E010", "no address", config(LIMITS={"ADDRESS": "x-real-ip"}), ["ADDRESS", "'x-real-ip'", "HEADER"]),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _broken_module(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path_factory.mktemp("acme")
    (folder / "acme_broken.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(str(folder))


@pytest.mark.parametrize(
    ("id", "setting", "named"),
    [(id, setting, named) for id, _, setting, named in WRONG],
    ids=[f"{id}: {what}" for id, what, *_ in WRONG],
)
def test_what_is_wrong_has_an_id_and_names_the_value(id: str, setting: Any, named: list[str]) -> None:
    built = build(setting)
    said = [f"{problem.message} {problem.hint}" for problem in built.problems if problem.id == id]
    assert any(all(name in one for name in named) for one in said), built.problems
    assert built.pairs == ()


@pytest.mark.parametrize("setting", [row[2] for row in WRONG], ids=[f"{row[0]}: {row[1]}" for row in WRONG])
def test_nothing_is_said_twice_and_nothing_beside_the_point(setting: Any) -> None:
    problems = build(setting).problems
    assert len(set(problems)) == len(problems)
    assert len({problem.id for problem in problems}) == 1 or any(problem.id == "E003" for problem in problems)


def test_every_id_is_tried() -> None:
    assert sorted({id for id, *_ in WRONG}) == [f"E{number:03}" for number in range(1, 11)]


def test_everything_wrong_is_found_at_once() -> None:
    built = build({"STRATEGIES": {"qs": {}}, "BACKENDS": {"jwt": {}}, "POLICIES": {}, "PAIRS": "none", "ROUTES": 1})
    assert [problem.id for problem in built.problems] == ["E002", "E003", "E004", "E005", "E007"]


def test_a_half_that_could_not_be_built_is_reported_once() -> None:
    built = build(config(BACKENDS={"jwt": {}}, PAIRS=["querystring/jwt"]))
    assert [problem.id for problem in built.problems] == ["E004"]


def test_a_missing_extra_is_an_error_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where Django REST framework is not installed: a None in `sys.modules` makes its import fail."""
    monkeypatch.setitem(sys.modules, "rest_framework.authentication", None)
    monkeypatch.delitem(sys.modules, "strategies.backends.authtoken")
    (problem,) = build(config()).problems
    assert problem.id == "E004"
    assert "'authtoken' can't be imported" in problem.message
    assert "rest_framework" in problem.message


def test_the_library_for_rates_is_missed_only_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "limits.aio.strategies", None)
    monkeypatch.setitem(sys.modules, "limits", None)
    assert build(config()).problems == ()
    (problem,) = build(config(LIMITS={"FAILURES_PER_ADDRESS": "60/minute"})).problems
    assert problem.id == "E010"
    assert "the package 'limits', which is missing: install the extra" in problem.message


def test_all_pairs_share_one_limit() -> None:
    built = build(config(LIMITS={"UNAUTHENTICATED": 7}))
    assert {id(pair.limits) for pair in built.pairs} == {id(built.pairs[0].limits)}
    for pair in built.pairs:
        assert pair.under(deadline=1.0).guard(hangs_up).limits is pair.limits
        assert pair.limits.unauthenticated == 7


@pytest.mark.parametrize("installed", ["authtoken", "simplejwt"])
def test_a_backend_that_is_not_named_is_not_imported(installed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, f"strategies.backends.{installed}", None)
    assert build(config(BACKENDS={"session": {}})).problems == ()


# ── everything that is right ─────────────────────────────────────────────────────────────────────


def keys(setting: Any) -> list[str]:
    built = build(setting)
    assert built.problems == ()
    return [pair.key for pair in built.pairs]


@pytest.mark.parametrize(
    ("setting", "served"),
    [
        ({}, []),
        (config(), ["querystring/authtoken", "cookie/authtoken", "cookie/session"]),
        (config(PAIRS="all sensible"), ["querystring/authtoken", "cookie/authtoken", "cookie/session"]),
        (config(PAIRS=["cookie/session"]), ["cookie/session"]),
        (config(PAIRS=("cookie/session", "querystring/authtoken")), ["cookie/session", "querystring/authtoken"]),
        (config(PAIRS=[]), []),
        (config(BACKENDS={"a": {"CLASS": "authtoken"}, "b": {"CLASS": "authtoken"}}, STRATEGIES={"querystring": {}}),
         ["querystring/a", "querystring/b"]),
        (config(STRATEGIES={"x": {"CLASS": "acme_plugins.Fixed"}}, BACKENDS={"y": {"CLASS": "acme_plugins.Toy"}}),
         ["x/y"]),
        (config(STRATEGIES={"x": {"CLASS": Fixed}}, BACKENDS={"y": {"CLASS": Toy}}), ["x/y"]),
        (config(STRATEGIES={"x": {"CLASS": "acme_plugins.function"}}, BACKENDS={"y": {"CLASS": Toy}}), ["x/y"]),
        (config(STRATEGIES={"querystring": {"CLASS": "acme_plugins.Fixed"}}, PAIRS=["querystring/authtoken"]),
         ["querystring/authtoken"]),
    ],
)  # fmt: skip
def test_pairs_served(setting: Any, served: list[str]) -> None:
    assert keys(setting) == served


def only(setting: Any) -> Pair:
    (pair,) = build(setting).pairs
    return pair


def test_options_reach_the_constructors() -> None:
    pair = only(
        config(
            STRATEGIES={"query": {"CLASS": "querystring", "OPTIONS": {"parameter": "ticket"}}},
            BACKENDS={"jwt": {"CLASS": "simplejwt", "OPTIONS": {"stateless": True}}},
        )
    )
    assert isinstance(pair.strategy, QueryString)
    assert pair.strategy.parameter == "ticket"
    assert isinstance(pair.backend, SimpleJWT)
    assert pair.backend.stateless


def test_a_route_may_have_options_and_rules_of_its_own() -> None:
    built = build(
        config(
            STRATEGIES={"cookie": {"OPTIONS": {"cookie": "sessionid"}}, "querystring": {}},
            POLICY={"ORIGINS": ORIGINS, "DEADLINE": 2, "REFUSE": "close"},
            ROUTES={"cookie/authtoken": {"OPTIONS": {"cookie": "jwt"}, "POLICY": {"DEADLINE": 9}}},
        )
    )
    by_key = {pair.key: pair for pair in built.pairs}
    own, other = by_key["cookie/authtoken"], by_key["cookie/session"]
    assert isinstance(own.strategy, Cookie)
    assert isinstance(other.strategy, Cookie)
    assert (own.strategy.cookie, other.strategy.cookie) == ("jwt", "sessionid")
    assert own.policy == Policy(frozenset(ORIGINS), deadline=9, refuse="close")
    assert other.policy == Policy(frozenset(ORIGINS), deadline=2, refuse="close")


def test_pairs_share_their_backend_and_know_the_other_strategies() -> None:
    pairs = {pair.key: pair for pair in build(config()).pairs}
    assert pairs["cookie/authtoken"].backend is pairs["querystring/authtoken"].backend
    assert [type(rival) for rival in pairs["querystring/authtoken"].rivals] == [Cookie]
    assert [type(rival) for rival in pairs["cookie/session"].rivals] == [QueryString]


def test_nothing_given_is_changed() -> None:
    setting = config(ROUTES={"cookie/session": {"OPTIONS": {"cookie": "x"}}})
    before = repr(setting)
    build(setting)
    assert repr(setting) == before


# ── pairs ────────────────────────────────────────────────────────────────────────────────────────


def pair_of(**more: Any) -> Pair:
    return only(config(STRATEGIES={"querystring": {}}, BACKENDS={"authtoken": {}}, **more))


def test_a_pair_has_its_names() -> None:
    pair = pair_of()
    assert (pair.key, pair.name, pair.path) == (
        "querystring/authtoken", "querystring × authtoken", "ws/querystring/authtoken/",
    )  # fmt: skip
    assert repr(pair) == "Pair(strategy_name='querystring', backend_name='authtoken')"


def test_a_pair_guards_an_application() -> None:
    pair = build(config()).pairs[0]
    gate = pair.guard(hangs_up)
    assert (gate.app, gate.strategy, gate.backend, gate.policy) == (hangs_up, pair.strategy, pair.backend, pair.policy)
    assert (gate.strategy_name, gate.backend_name, gate.rivals) == ("querystring", "authtoken", pair.rivals)


def test_under_other_rules() -> None:
    pair = pair_of()
    other = pair.under(refuse="close", deadline=1)
    assert (other.policy.refuse, other.policy.deadline, other.policy.origins) == ("close", 1, pair.policy.origins)
    assert (pair.policy.refuse, other.strategy) == ("handshake", pair.strategy)
    with pytest.raises(TypeError, match="nonsense"):
        pair.under(nonsense=1)


class Wants(Toy):
    """A backend with declared facts."""

    def __init__(self, traits: BackendTraits) -> None:
        self.traits = traits


@pytest.mark.parametrize(
    ("ambient", "rule", "objects"),
    [
        (True, "only", False),
        (False, "only", True),
        (True, "never", True),
        (False, "never", False),
        (True, "allowed", False),
        (False, "allowed", False),
    ],
)
def test_objection(ambient: bool, rule: Any, objects: bool) -> None:
    class Carrier(Fixed):
        traits = Traits(ambient=ambient)

    assert objection(Carrier(), Wants(BackendTraits(rule, "the reason"))) == ("the reason" if objects else "")


# ── the project's settings ───────────────────────────────────────────────────────────────────────


@pytest.fixture
def two_pairs() -> Iterator[None]:
    with override_settings(WS_AUTH=config(BACKENDS={"authtoken": {}})):
        yield


@pytest.mark.usefixtures("two_pairs")
def test_pairs_are_built_once() -> None:
    assert [pair.key for pair in registry.pairs()] == ["querystring/authtoken", "cookie/authtoken"]
    assert registry.pairs() is registry.pairs()
    assert registry.problems() == ()


def test_override_settings_takes_effect_and_is_undone() -> None:
    before = registry.pairs()
    with override_settings(WS_AUTH={}):
        assert registry.pairs() == ()
        with override_settings(DEBUG=True):
            assert registry.pairs() == ()
    assert [pair.key for pair in registry.pairs()] == [pair.key for pair in before]


def test_no_setting_is_an_empty_one(settings: Any) -> None:
    settings.WS_AUTH = None  # which also makes the registry look again
    del settings.WS_AUTH
    assert (registry.pairs(), registry.problems()) == ((), ())


@override_settings(WS_AUTH={"STRATEGIES": {"qs": {}}, "BACKENDS": {"jwt": {}}})
def test_pairs_raise_everything_that_is_wrong() -> None:
    with pytest.raises(ImproperlyConfigured) as error:
        registry.pairs()
    assert all(f"{problem.message} {problem.hint}" in str(error.value) for problem in registry.problems())
    assert "'qs'" in str(error.value)
    assert "'jwt'" in str(error.value)


@pytest.mark.usefixtures("two_pairs")
def test_one_pair_by_name() -> None:
    assert registry.pair("cookie", "authtoken").key == "cookie/authtoken"
    with pytest.raises(LookupError, match="no pair 'header/x'; served: querystring/authtoken, cookie/authtoken"):
        registry.pair("header", "x")


@pytest.mark.usefixtures("two_pairs")
def test_guard_by_name() -> None:
    gate = registry.guard(hangs_up, "querystring", "authtoken", refuse="close", deadline=1)
    assert isinstance(gate.strategy, QueryString)
    assert isinstance(gate.backend, AuthToken)
    assert gate.policy == Policy(frozenset(ORIGINS), refuse="close", deadline=1)


@pytest.mark.parametrize("alias", registry.STRATEGIES)
def test_built_in_strategies_stand_where_it_says(alias: str) -> None:
    assert isinstance(only(config(STRATEGIES={alias: {}}, BACKENDS={"y": {"CLASS": Toy}})).strategy, Strategy)


@pytest.mark.parametrize("alias", registry.BACKENDS)
def test_built_in_backends_stand_where_it_says(alias: str) -> None:
    built = build(config(BACKENDS={alias: {}}, STRATEGIES={"cookie": {}, "header": {}}))
    assert isinstance(built.pairs[0].backend, Backend)


async def test_a_backend_by_settings_answers() -> None:
    pair = only(config(STRATEGIES={"x": {"CLASS": Fixed}}, BACKENDS={"y": {"CLASS": "acme_plugins.Toy"}}))
    assert isinstance(await pair.backend.verify("x"), Identity)


@pytest.mark.parametrize(
    ("route", "request_headers", "query"),
    [
        ("querystring/authtoken", [], b"key=one&token=two"),  # the project's own carrier, on the route that renames it
        ("header/authtoken", [(b"authorization", b"Bearer one")], b"key=two"),  # the renamed one, on another route
    ],
)
def test_a_carrier_that_a_single_route_renames_is_a_rival_too(
    route: str, request_headers: list[tuple[bytes, bytes]], query: bytes
) -> None:
    config = {
        "STRATEGIES": {"querystring": {}, "header": {}},
        "BACKENDS": {"authtoken": {}},
        "ROUTES": {"querystring/authtoken": {"OPTIONS": {"parameter": "key"}}},
    }
    pair = next(one for one in registry.build(config).pairs if one.key == route)
    scope = {"path": "/", "query_string": query, "headers": request_headers}
    rest = Handshake.from_scope(pair.strategy.scrub(scope))
    assert any(rival.carries(rest) for rival in pair.rivals)
