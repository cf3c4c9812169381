"""The settings dict `WS_AUTH`, read and built: strategies, backends, policies, and the pairs they form.

The only module that reads Django's settings. Plug-ins come in by that dict and by nothing else:
installing a package must not open a door. Everything wrong in it is found at once, as a list of
`Problem`s with ids, which `checks` reports and `pairs` raises.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from .backend import Backend, BackendTraits
from .gate import Gate
from .limits import UNLIMITED, Limits
from .policy import Policy
from .strategy import Strategy, Traits
from .wire import App

SETTING = "WS_AUTH"
KEYS = ("STRATEGIES", "BACKENDS", "PAIRS", "POLICY", "ROUTES", "LIMITS")
ALL_SENSIBLE = "all sensible"

STRATEGIES = {
    "querystring": ".querystring.QueryString",
    "subprotocol": ".subprotocol.Subprotocol",
    "first_message": ".first_message.FirstMessage",
    "cookie": ".cookie.Cookie",
    "header": ".header.Header",
}
BACKENDS = {
    "authtoken": ".backends.authtoken.AuthToken",
    "simplejwt": ".backends.simplejwt.SimpleJWT",
    "session": ".backends.session.Session",
    "ticket": ".backends.ticket.Ticket",
}
"""Built-in classes by alias, relative to this package. Backends are imported when asked for: some need an extra."""


class Problem(NamedTuple):
    """One thing wrong with the setting: the check's id, what is wrong, what to do."""

    id: str
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Pair:
    """One strategy with one backend under one policy: what one route serves."""

    strategy_name: str
    backend_name: str
    strategy: Strategy = field(repr=False)
    backend: Backend = field(repr=False)
    policy: Policy = field(repr=False)
    rivals: tuple[Strategy, ...] = field(default=(), repr=False)
    limits: Limits = field(default=UNLIMITED, repr=False)
    """Shared by all pairs of a project."""

    @property
    def key(self) -> str:
        """How settings and command lines name it: `querystring/authtoken`."""
        return f"{self.strategy_name}/{self.backend_name}"

    @property
    def name(self) -> str:
        """How people read it: `querystring × authtoken`."""
        return f"{self.strategy_name} × {self.backend_name}"

    @property
    def path(self) -> str:
        """Its route, for `django.urls.path`: `ws/querystring/authtoken/`."""
        return f"ws/{self.key}/"

    def guard(self, app: App) -> Gate:
        """`app` behind this pair's gate."""
        names = self.strategy_name, self.backend_name
        return Gate(app, self.strategy, self.backend, self.policy, *names, self.rivals, limits=self.limits)

    def under(self, **rules: Any) -> Pair:
        """The same pair under a policy that differs in these fields."""
        return replace(self, policy=replace(self.policy, **rules))


def pairs() -> tuple[Pair, ...]:
    """The pairs of the project's settings, in the order of its strategies and backends.

    Raises `ImproperlyConfigured` with everything that is wrong; `manage.py check` says the same with ids.
    """
    registry = _from_settings()
    if registry.problems:
        raise ImproperlyConfigured("\n".join(f"{problem.message} {problem.hint}" for problem in registry.problems))
    return registry.pairs


def pair(strategy: str, backend: str) -> Pair:
    """One pair by the names of its two halves. Raises `LookupError` that names the served ones."""
    served = {one.key: one for one in pairs()}
    key = f"{strategy}/{backend}"
    if key not in served:
        raise LookupError(f"no pair {key!r}; served: {', '.join(served)}")
    return served[key]


def guard(app: App, strategy: str, backend: str, **rules: Any) -> Gate:
    """`app` behind the gate of one pair; `rules` are policy fields that differ on this route."""
    return pair(strategy, backend).under(**rules).guard(app)


def backends() -> tuple[Backend, ...]:
    """The backends of the project's settings, served or not; none where something is wrong with those."""
    return _from_settings().backends


def problems() -> tuple[Problem, ...]:
    """What is wrong with the project's settings."""
    return _from_settings().problems


class Registry(NamedTuple):
    """What one settings dict comes to."""

    pairs: tuple[Pair, ...]
    problems: tuple[Problem, ...]
    backends: tuple[Backend, ...] = ()


def build(config: object) -> Registry:
    """Builds the pairs of a settings dict, or lists its problems; reads nothing else."""
    if not isinstance(config, Mapping):
        return Registry((), (Problem("E001", f"{SETTING} must be a dict, not {type(config).__name__}."),))
    builder = _Builder(config)
    built = _with_rivals(tuple(builder.build()), builder.strategies)
    if builder.problems:
        return Registry((), tuple(dict.fromkeys(builder.problems)))
    return Registry(built, (), tuple(builder.backends))


def _with_rivals(built: tuple[Pair, ...], strategies: Iterable[Strategy]) -> tuple[Pair, ...]:
    """Each pair's rivals are all strategies but its own: as the project has them, and as single routes vary them."""
    every = list({id(one): one for one in (*strategies, *(pair.strategy for pair in built))}.values())
    return tuple(replace(pair, rivals=tuple(one for one in every if one is not pair.strategy)) for pair in built)


@cache
def _from_settings() -> Registry:
    return build(getattr(settings, SETTING, {}))


def _forget(*, setting: str, **_: object) -> None:
    if setting == SETTING:
        _from_settings.cache_clear()


setting_changed.connect(_forget, dispatch_uid="wsauth.registry")


class _Builder:
    """Walks one settings dict and collects what is wrong on the way."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.problems: list[Problem] = []
        self.strategies: list[Strategy] = []
        self.backends: list[Backend] = []

    def build(self) -> Iterator[Pair]:
        for key in self.config:
            if key not in KEYS:
                self._report("E002", f"{SETTING} has an unknown key {key!r}.", f"Known: {', '.join(KEYS)}.")
        strategies = self._section("STRATEGIES", STRATEGIES, Strategy, "E003")
        self.strategies = [one for one in strategies.values() if one is not None]
        backends = self._section("BACKENDS", BACKENDS, Backend, "E004")
        self.backends = [one for one in backends.values() if one is not None]
        wanted = self._wanted(strategies, backends)
        routes = self._routes(wanted)
        rules, limits = self._common_rules(), self._limits()
        if rules is None or limits is None:
            return
        for strategy_name, backend_name in wanted:
            route = routes.get(f"{strategy_name}/{backend_name}", {})
            made = self._pair(strategy_name, backend_name, strategies, backends, route, rules)
            if made is not None:
                yield replace(made, limits=limits)

    def _report(self, id: str, message: str, hint: str = "") -> None:
        self.problems.append(Problem(id, message, hint))

    def _dict(self, owner: Mapping[str, Any], key: str, name: str, id: str) -> Mapping[str, Any]:
        value = owner.get(key, {})
        if isinstance(value, Mapping):
            return value
        self._report(id, f"{name} must be a dict, not {value!r}.")
        return {}

    def _section(self, section: str, builtin: Mapping[str, str], kind: type, id: str) -> dict[str, Any]:
        """Instances by alias of STRATEGIES or BACKENDS; None for one that can't be built, which is reported here."""
        entries = self._dict(self.config, section, f"{SETTING}[{section!r}]", id)
        return {alias: self._instance(section, alias, entries, builtin, kind, id) for alias in entries}

    def _instance(
        self,
        section: str,
        alias: str,
        entries: Mapping[str, Any],
        builtin: Mapping[str, str],
        kind: type,
        id: str,
    ) -> Any:
        where = f"{SETTING}[{section!r}][{alias!r}]"
        if not isinstance(alias, str) or not alias.isidentifier() or not alias.isascii():
            self._report(
                id, f"{where}: {alias!r} is no alias.", "Write letters, digits and underscores: it names a route."
            )
            return None
        entry = self._dict(entries, alias, where, id)
        unknown = [key for key in entry if key not in ("CLASS", "OPTIONS")]
        if unknown:
            self._report(id, f"{where} has an unknown key {unknown[0]!r}.", "Known: CLASS, OPTIONS.")
            return None
        options = self._dict(entry, "OPTIONS", f"{where}['OPTIONS']", id)
        found = self._load(where, entry.get("CLASS", alias), builtin, id)
        return None if found is None else self._construct(where, found, options, kind, id)

    def _varied(self, where: str, alias: str, options: Mapping[str, Any]) -> Any:
        """The strategy of an alias, whose entry is good, with some of its options exchanged by a route."""
        entry = self.config["STRATEGIES"][alias]
        found = self._load(where, entry.get("CLASS", alias), STRATEGIES, "E007")
        return self._construct(where, found, {**entry.get("OPTIONS", {}), **options}, Strategy, "E007")

    def _load(self, where: str, name: object, builtin: Mapping[str, str], id: str) -> Any:
        """A class by built-in alias or dotted path, or the class itself."""
        if isinstance(name, type):
            return name
        known = f"Built in: {', '.join(builtin)}; anything else is a dotted path in CLASS."
        if not isinstance(name, str) or (name not in builtin and "." not in name):
            self._report(id, f"{where}: there is no built-in {name!r}.", known)
            return None
        try:
            found = import_string(__package__ + builtin[name] if name in builtin else name)
        except ImportError as error:
            self._report(id, f"{where}: {name!r} can't be imported: {error}.", known)
        except Exception as error:
            self._report(id, f"{where}: {name!r} fails when imported: {type(error).__name__}: {error}.")
        else:
            if callable(found):
                return found
            self._report(id, f"{where}: {name!r} is no class.", known)
        return None

    def _construct(self, where: str, found: Any, options: Mapping[str, Any], kind: type, id: str) -> Any:
        name = getattr(found, "__qualname__", repr(found))
        try:
            instance: Any = found(**options)
        except Exception as error:
            given = f"with the options {', '.join(map(repr, options))}" if options else "without options"
            failure = f"{where}: {name} can't be built {given}: {type(error).__name__}: {error}."
            self._report(id, failure, f"Accepted options: {_parameters(found)}.")
            return None
        if not isinstance(instance, kind):
            self._report(id, f"{where}: {name} is no {kind.__name__}.", f"See `{kind.__module__}`.")
            return None
        traits = getattr(instance, "traits", None)
        if not isinstance(traits, _TRAITS[kind]):
            self._report(id, f"{where}: the traits of {name} must be {_TRAITS[kind].__name__}, not {traits!r}.")
            return None
        return instance

    def _wanted(self, strategies: Mapping[str, Any], backends: Mapping[str, Any]) -> list[tuple[str, str]]:
        asked = self.config.get("PAIRS", ALL_SENSIBLE)
        if asked == ALL_SENSIBLE:
            built = [[name for name, made in half.items() if made is not None] for half in (strategies, backends)]
            return [(one, other) for one, other in product(*built) if not objection(strategies[one], backends[other])]
        if not isinstance(asked, list | tuple):
            self._report("E005", f"{SETTING}['PAIRS'] must be {ALL_SENSIBLE!r} or a list, not {asked!r}.")
            return []
        for key in {str(key): key for key in asked if asked.count(key) > 1}.values():
            self._report("E005", f"{SETTING}['PAIRS']: {key!r} is there twice.", "A route serves one pair.")
        names = [self._names(key, strategies, backends) for key in asked]
        return [name for name in names if name is not None]

    def _names(self, key: object, strategies: Mapping[str, Any], backends: Mapping[str, Any]) -> tuple[str, str] | None:
        strategy, _, backend = str(key).partition("/")
        if strategy not in strategies or backend not in backends:
            known = (", ".join(map(str, half)) for half in (strategies, backends))
            hint = "Strategies: {}; backends: {}; write 'strategy/backend'.".format(*known)
            self._report("E005", f"{SETTING}['PAIRS']: there is no pair {key!r}.", hint)
            return None
        if strategies[strategy] is None or backends[backend] is None:
            return None
        reason = objection(strategies[strategy], backends[backend])
        if reason:
            self._report("E006", f"{SETTING}['PAIRS']: {key!r} makes no sense: {reason}.")
            return None
        return strategy, backend

    def _routes(self, wanted: list[tuple[str, str]]) -> dict[str, Mapping[str, Any]]:
        routes = self._dict(self.config, "ROUTES", f"{SETTING}['ROUTES']", "E007")
        served = [f"{strategy}/{backend}" for strategy, backend in wanted]
        found = {key: self._dict(routes, key, f"{SETTING}['ROUTES'][{key!r}]", "E007") for key in routes}
        for key, route in found.items():
            if key not in served:
                self._report("E007", f"{SETTING}['ROUTES']: {key!r} is not served.", f"Served: {', '.join(served)}.")
            for name in route:
                if name not in ("OPTIONS", "POLICY"):
                    self._report(
                        "E007", f"{SETTING}['ROUTES'][{key!r}] has an unknown key {name!r}.", "Known: OPTIONS, POLICY."
                    )
        return found

    def _pair(
        self,
        strategy_name: str,
        backend_name: str,
        strategies: Mapping[str, Any],
        backends: Mapping[str, Any],
        route: Mapping[str, Any],
        rules: Mapping[str, Any],
    ) -> Pair | None:
        key = f"{strategy_name}/{backend_name}"
        where = f"{SETTING}['ROUTES'][{key!r}]"
        options = self._dict(route, "OPTIONS", f"{where}['OPTIONS']", "E007")
        strategy = strategies[strategy_name]
        if options:
            strategy = self._varied(f"{where}['OPTIONS']", strategy_name, options)
        own = self._dict(route, "POLICY", f"{where}['POLICY']", "E008")
        policy = self._policy(f"{where}['POLICY']", {**rules, **own})
        if strategy is None or policy is None:
            return None
        if strategy.traits.ambient and policy.origins is None:
            self._report(
                "E009",
                f"{SETTING}: {key!r} needs ORIGINS in its POLICY.",
                "The browser attaches this credential unasked; without a list any page could use it.",
            )
            return None
        return Pair(strategy_name, backend_name, strategy, backends[backend_name], policy)

    def _common_rules(self) -> Mapping[str, Any] | None:
        """What every policy begins with; None when it is bad, which is said once and not for every pair."""
        before = len(self.problems)
        where = f"{SETTING}['POLICY']"
        rules = self._dict(self.config, "POLICY", where, "E008")
        self._policy(where, rules)
        return rules if len(self.problems) == before else None

    def _policy(self, where: str, rules: Mapping[str, Any]) -> Policy | None:
        try:
            return Policy.from_settings(rules)
        except ValueError as error:
            self._report("E008", f"{where}: {error}.")
            return None

    def _limits(self) -> Limits | None:
        where = f"{SETTING}['LIMITS']"
        try:
            return Limits.from_settings(self._dict(self.config, "LIMITS", where, "E010"))
        except ValueError as error:
            self._report("E010", f"{where}: {error}.")
            return None


_TRAITS: dict[type, type] = {Strategy: Traits, Backend: BackendTraits}


def _parameters(found: Any) -> str:
    """The options that a class takes, as far as it can be told."""
    try:
        return ", ".join(inspect.signature(found).parameters) or "none"
    except (TypeError, ValueError):  # one that is written in C
        return "see its documentation"


def objection(strategy: Strategy, backend: Backend) -> str:
    """Why the two make no sense together, or nothing."""
    ambient, rule = strategy.traits.ambient, backend.traits.ambient
    if (rule == "only" and not ambient) or (rule == "never" and ambient):
        return backend.traits.why
    return ""
