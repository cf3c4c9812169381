"""The settings dict `WS_AUTH`, read and built: strategies, backends, policies, and the pairs they form.

The only module that reads Django's settings. Plug-ins come in by that dict and by nothing else:
installing a package must not open a door. Everything wrong in it is found at once, as a list of
`Problem`s with ids, which `checks` reports and `pairs` raises.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from .backend import Backend
from .gate import Gate
from .policy import Policy
from .strategy import Strategy
from .wire import App

SETTING = "WS_AUTH"
KEYS = ("STRATEGIES", "BACKENDS", "PAIRS", "POLICY", "ROUTES")
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
        return Gate(app, self.strategy, self.backend, self.policy, self.strategy_name, self.backend_name, self.rivals)

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


def problems() -> tuple[Problem, ...]:
    """What is wrong with the project's settings."""
    return _from_settings().problems


class Registry(NamedTuple):
    """What one settings dict comes to."""

    pairs: tuple[Pair, ...]
    problems: tuple[Problem, ...]


def build(config: object) -> Registry:
    """Builds the pairs of a settings dict, or lists its problems; reads nothing else."""
    if not isinstance(config, Mapping):
        return Registry((), (Problem("E001", f"{SETTING} must be a dict, not {type(config).__name__}."),))
    builder = _Builder(config)
    built = tuple(builder.build())
    return Registry(() if builder.problems else built, tuple(builder.problems))


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

    def build(self) -> Iterator[Pair]:
        for key in self.config:
            if key not in KEYS:
                self._report("E002", f"{SETTING} has an unknown key {key!r}.", f"Known: {', '.join(KEYS)}.")
        strategies = self._section("STRATEGIES", STRATEGIES, Strategy, "E003")
        backends = self._section("BACKENDS", BACKENDS, Backend, "E004")
        wanted = self._wanted(strategies, backends)
        routes = self._routes(wanted)
        for strategy_name, backend_name in wanted:
            made = self._pair(strategy_name, backend_name, strategies, backends, routes)
            if made is not None:
                yield made

    def _report(self, id: str, message: str, hint: str = "") -> None:
        self.problems.append(Problem(id, message, hint))

    def _dict(self, owner: Mapping[str, Any], key: str, name: str, id: str) -> Mapping[str, Any]:
        value = owner.get(key, {})
        if isinstance(value, Mapping):
            return value
        self._report(id, f"{name} must be a dict, not {value!r}.")
        return {}

    def _section(self, section: str, builtin: Mapping[str, str], kind: type, id: str) -> dict[str, Any]:
        """Instances by alias of STRATEGIES or BACKENDS."""
        entries = self._dict(self.config, section, f"{SETTING}[{section!r}]", id)
        made = {alias: self._instance(section, alias, entries, builtin, kind, id) for alias in entries}
        return {alias: instance for alias, instance in made.items() if instance is not None}

    def _instance(
        self,
        section: str,
        alias: str,
        entries: Mapping[str, Any],
        builtin: Mapping[str, str],
        kind: type,
        id: str,
        overrides: Mapping[str, Any] | None = None,
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
        options = {**self._dict(entry, "OPTIONS", f"{where}['OPTIONS']", id), **(overrides or {})}
        found = self._load(where, entry.get("CLASS", alias), builtin, id)
        return None if found is None else self._construct(where, found, options, kind, id)

    def _load(self, where: str, name: object, builtin: Mapping[str, str], id: str) -> Any:
        """A class by built-in alias or dotted path, or the class itself."""
        if isinstance(name, type):
            return name
        known = f"Built in: {', '.join(builtin)}; anything else is a dotted path in CLASS."
        if not isinstance(name, str) or (name not in builtin and "." not in name):
            self._report(id, f"{where}: there is no built-in {name!r}.", known)
            return None
        try:
            return import_string(__package__ + builtin[name] if name in builtin else name)
        except ImportError as error:
            self._report(id, f"{where}: {name!r} can't be imported: {error}.", known)
        except Exception as error:
            self._report(id, f"{where}: {name!r} fails when imported: {type(error).__name__}: {error}.")
        return None

    def _construct(self, where: str, found: Any, options: Mapping[str, Any], kind: type, id: str) -> Any:
        try:
            instance = found(**options)
        except (TypeError, ValueError, ImproperlyConfigured) as error:
            accepted = ", ".join(inspect.signature(found).parameters) or "none"
            self._report(id, f"{where}: bad OPTIONS: {error}.", f"Accepted options: {accepted}.")
            return None
        if not isinstance(instance, kind):
            self._report(id, f"{where}: {found.__qualname__} is no {kind.__name__}.", f"See `{kind.__module__}`.")
            return None
        return instance

    def _wanted(self, strategies: Mapping[str, Strategy], backends: Mapping[str, Backend]) -> list[tuple[str, str]]:
        asked = self.config.get("PAIRS", ALL_SENSIBLE)
        if asked == ALL_SENSIBLE:
            every = [(one, other) for one in strategies for other in backends]
            return [(one, other) for one, other in every if not objection(strategies[one], backends[other])]
        if isinstance(asked, str) or not isinstance(asked, list | tuple):
            self._report("E005", f"{SETTING}['PAIRS'] must be {ALL_SENSIBLE!r} or a list, not {asked!r}.")
            return []
        names = [self._names(key, strategies, backends) for key in asked]
        return [name for name in names if name is not None]

    def _names(
        self, key: object, strategies: Mapping[str, Strategy], backends: Mapping[str, Backend]
    ) -> tuple[str, str] | None:
        strategy, _, backend = str(key).partition("/")
        declared = all(
            alias in self._dict(self.config, section, section, "E005")
            for section, alias in (("STRATEGIES", strategy), ("BACKENDS", backend))
        )
        if not declared:
            hint = f"Strategies: {', '.join(strategies)}; backends: {', '.join(backends)}; write 'strategy/backend'."
            self._report("E005", f"{SETTING}['PAIRS']: there is no pair {key!r}.", hint)
            return None
        if strategy not in strategies or backend not in backends:
            return None  # one of the halves could not be built, which is reported already
        reason = objection(strategies[strategy], backends[backend])
        if reason:
            self._report("E006", f"{SETTING}['PAIRS']: {key!r} makes no sense: {reason}.")
            return None
        return strategy, backend

    def _routes(self, wanted: list[tuple[str, str]]) -> Mapping[str, Any]:
        routes = self._dict(self.config, "ROUTES", f"{SETTING}['ROUTES']", "E007")
        served = [f"{strategy}/{backend}" for strategy, backend in wanted]
        for key in routes:
            route = self._dict(routes, key, f"{SETTING}['ROUTES'][{key!r}]", "E007")
            if key not in served:
                self._report("E007", f"{SETTING}['ROUTES']: {key!r} is not served.", f"Served: {', '.join(served)}.")
            for name in route:
                if name not in ("OPTIONS", "POLICY"):
                    self._report(
                        "E007", f"{SETTING}['ROUTES'][{key!r}] has an unknown key {name!r}.", "Known: OPTIONS, POLICY."
                    )
        return routes

    def _pair(
        self,
        strategy_name: str,
        backend_name: str,
        strategies: Mapping[str, Strategy],
        backends: Mapping[str, Backend],
        routes: Mapping[str, Any],
    ) -> Pair | None:
        key = f"{strategy_name}/{backend_name}"
        route = self._dict(routes, key, key, "E007")
        options = self._dict(route, "OPTIONS", f"{SETTING}['ROUTES'][{key!r}]['OPTIONS']", "E007")
        strategy = strategies[strategy_name]
        if options:
            entries = self.config["STRATEGIES"]
            strategy = self._instance("STRATEGIES", strategy_name, entries, STRATEGIES, Strategy, "E007", options)
        policy = self._policy(key, route)
        if strategy is None or policy is None:
            return None
        if strategy.traits.ambient and policy.origins is None:
            self._report(
                "E009",
                f"{SETTING}: {key!r} needs ORIGINS in its POLICY.",
                "The browser attaches this credential unasked; without a list any page could use it.",
            )
            return None
        rivals = tuple(rival for name, rival in strategies.items() if name != strategy_name)
        return Pair(strategy_name, backend_name, strategy, backends[backend_name], policy, rivals)

    def _policy(self, key: str, route: Mapping[str, Any]) -> Policy | None:
        common = self._dict(self.config, "POLICY", f"{SETTING}['POLICY']", "E008")
        own = self._dict(route, "POLICY", f"{SETTING}['ROUTES'][{key!r}]['POLICY']", "E008")
        try:
            return Policy.from_settings({**common, **own})
        except ValueError as error:
            self._report("E008", f"{SETTING}: the policy of {key!r}: {error}.")
            return None


def objection(strategy: Strategy, backend: Backend) -> str:
    """Why the two make no sense together, or nothing."""
    ambient, rule = strategy.traits.ambient, backend.traits.ambient
    if (rule == "only" and not ambient) or (rule == "never" and ambient):
        return backend.traits.why
    return ""
