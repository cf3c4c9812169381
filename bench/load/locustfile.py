"""Visitors for Locust: each logs in through the lab's HTTP API, then connects by a strategy's own client half.

Run from the checkout, in the environment of `make load`; see docs/load.md. What is timed of a connection is
from before it is opened to the consumer's ready frame, which must name the right user, strategy and backend.
Needs no Django settings and no database: only the server's address and people whom it knows.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http.client import HTTPException
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from locust import HttpUser, between, events, task
from locust.env import Environment
from locust.exception import StopUser

from bench import direct
from bench.client import Client, Ended
from strategies.cookie import Cookie
from strategies.first_message import FirstMessage
from strategies.flow import ClientFlow
from strategies.header import Header
from strategies.querystring import QueryString
from strategies.subprotocol import Subprotocol

STRATEGIES = {
    "querystring": QueryString,
    "subprotocol": Subprotocol,
    "first_message": FirstMessage,
    "cookie": Cookie,
    "header": Header,
}
WRONG, USAGE = 1, 2
SECONDS = 10.0
TOKENS = "authtoken"
"""The backend by whose log-in one-time credentials are asked for: its header needs no CSRF token."""
RENEW = 120.0
"""Seconds after which a visitor logs in again: an access token of simplejwt lives for five minutes."""


class WrongAnswer(Exception):
    """A connection that did not say what it should. Its text holds nothing of a credential."""


@dataclass(frozen=True, slots=True)
class Held:
    """A credential, and how it is presented."""

    token: str = field(repr=False)
    cookie: str | None = None
    """The cookie's name, where it is one."""

    def client(self, strategy: str) -> ClientFlow:
        made = Cookie(self.cookie) if self.cookie else STRATEGIES[strategy]()
        return made.client(self.token)


class Visitor(HttpUser):
    """One person on one pair: logs in, then connects about once a second."""

    wait_time = between(0.5, 1.5)
    host = "http://127.0.0.1:8000"

    def on_start(self) -> None:
        self.pair = next(self.environment.wsauth_turns)
        self.username, self.password = next(self.environment.wsauth_people)
        self.origin = self.environment.parsed_options.origin or self.host.rstrip("/")
        self.log_in()

    @task
    def connect(self) -> None:
        if time.monotonic() - self.since > RENEW:
            self.log_in()
        held = self.one_time() if self.pair["login"]["body"] else self.held
        started, failure = time.perf_counter(), None
        try:
            self.authenticate(held)
        except (WrongAnswer, Ended, OSError) as error:
            failure = error
        self.environment.events.request.fire(
            request_type="WS",
            name=key_of(self.pair),
            response_time=(time.perf_counter() - started) * 1000,
            response_length=0,
            exception=failure,
            context={},
        )

    def authenticate(self, held: Held) -> None:
        """Raises `WrongAnswer`, `Ended` or `OSError` for anything but the right ready frame."""
        address = urlsplit(self.host)
        with Client(address.hostname or "", address.port or 80) as client:
            client.present(self.pair["path"], held.client(self.pair["strategy"]), self.origin)
            ready = client.receive_ready()
        expected = (self.username, self.pair["strategy"], self.pair["backend"])
        if (ready.get("user"), ready.get("strategy"), ready.get("backend")) != expected:
            raise WrongAnswer("the ready frame names somebody else")

    def log_in(self) -> None:
        """Once a visitor: what is refused here is refused by the lab's throttle, or is no account of it."""
        login = self.environment.wsauth_tokens if self.pair["login"]["body"] else self.pair["login"]
        self.client.cookies.clear()
        self.client.get("/", name="page")  # which sets the CSRF cookie
        headers = {"X-CSRFToken": self.client.cookies.get("csrftoken", "")}
        form = {"username": self.username, "password": self.password, "cookie": login["cookie"]}
        with self.client.post(login["path"], json=form, headers=headers, catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"log-in answered {answer.status_code}")
                raise StopUser
            told = answer.json()
        self.held = self.credential(told, login["field"])
        self.since = time.monotonic()

    def one_time(self) -> Held:
        """A credential for this route and page, asked for with the one that the log-in gave."""
        login = self.pair["login"]
        headers = {"Authorization": f"Token {self.held.token}", "Origin": self.origin}
        with self.client.post(login["path"], json=login["body"], headers=headers, catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"answered {answer.status_code}")
                raise StopUser
            return Held(answer.json()[login["field"]])

    def credential(self, told: Mapping[str, Any], field: str | None) -> Held:
        """From the answer's field, or from the cookie that it names."""
        if field is not None:
            return Held(told[field])
        return Held(self.client.cookies[told["cookie"]], told["cookie"])


def key_of(pair: Mapping[str, Any]) -> str:
    return f"{pair['strategy']}/{pair['backend']}"


@events.init_command_line_parser.add_listener
def options(parser: Any) -> None:
    parser.add_argument(
        "--people",
        metavar="FILE",
        env_var="WSAUTH_LOAD_PEOPLE",
        default="people.json",
        help="written by `manage.py load_people FILE`; on each worker's machine",
    )
    parser.add_argument(
        "--pairs",
        metavar="LIST",
        env_var="WSAUTH_LOAD_PAIRS",
        default="*",
        help="comma list of strategy/backend, with patterns: 'cookie/*'",
    )
    parser.add_argument(
        "--origin",
        env_var="WSAUTH_LOAD_ORIGIN",
        default="",
        help="the page that visitors come from; default: the server itself",
    )


@events.init.add_listener
def check(environment: Environment, **_: Any) -> None:
    """Before anything is run, where it can be known: a worker is told by its master which server it is."""
    given, kind = environment.parsed_options, type(environment.runner).__name__
    if kind != "WorkerRunner":
        tokens(environment.host or Visitor.host, given.pairs)
    if kind == "LocalRunner":
        people(Path(given.people))


@events.test_start.add_listener
def prepare(environment: Environment, **_: Any) -> None:
    if type(environment.runner).__name__ == "MasterRunner":
        return  # on which nobody visits
    given, worker = environment.parsed_options, getattr(environment.runner, "worker_index", 0)
    environment.wsauth_people = turns(people(Path(given.people)), worker)
    host = environment.host or Visitor.host
    environment.wsauth_turns = turns(served(host, given.pairs), worker)
    environment.wsauth_tokens = tokens(host, given.pairs)


@events.quitting.add_listener
def judge(environment: Environment, **_: Any) -> None:
    """A run in which nobody connected has shown nothing."""
    connected = [entry for (_, kind), entry in environment.stats.entries.items() if kind == "WS"]
    if type(environment.runner).__name__ != "WorkerRunner" and not connected:
        print("Nobody connected.", file=sys.stderr)
        environment.process_exit_code = WRONG


def turns(those: list[Any], worker: int) -> Iterator[Any]:
    """Each in turn, for ever; another worker begins elsewhere."""
    return itertools.cycle(random.Random(worker).sample(those, len(those)))


def people(file: Path) -> list[tuple[str, str]]:
    """Usernames and passwords."""
    try:
        found = json.loads(file.read_text("utf-8"))
        return [(str(name), str(password)) for name, password in found.items()]
    except OSError as error:
        usage(f"--people: {file} can't be read: {error.strerror}; `manage.py load_people FILE` writes one")
    except (ValueError, AttributeError):
        usage(f"--people: {file} is no file of `manage.py load_people`")


def served(host: str, wanted: str) -> list[dict[str, Any]]:
    """The routes of the lab at `host` that these patterns choose."""
    known = {key_of(one): one for one in routes(host) if one["login"] and one["strategy"] in STRATEGIES}
    found = [one for key, one in known.items() if any(fnmatchcase(key, part.strip()) for part in wanted.split(","))]
    if not found:
        usage(f"--pairs: none is {wanted!r}; served: {', '.join(known)}")
    return found


def tokens(host: str, wanted: str) -> dict[str, Any] | None:
    """The log-in that gives a lasting token to whoever needs one-time credentials; None where nobody does."""
    if not any(pair["login"]["body"] for pair in served(host, wanted)):
        return None
    logins = [pair["login"] for pair in routes(host) if pair["backend"] == TOKENS]
    found: list[dict[str, Any]] = [login for login in logins if login["field"]]
    if not found:
        usage(f"--pairs: one-time credentials need a token of {TOKENS}, which the lab at {host} does not give")
    return found[0]


def routes(host: str) -> list[dict[str, Any]]:
    """All of them, as the lab tells them itself."""
    address = urlsplit(host)
    if address.scheme != "http" or not address.hostname:
        usage(f"--host: {host!r} is no http://name:port; put the load on the server itself, not on what ends its TLS")
    try:
        found: list[dict[str, Any]] = direct.asked(f"{host.rstrip('/')}/api/strategies/", SECONDS)["pairs"]
        return found
    except (OSError, ValueError, KeyError, TypeError, HTTPException):
        usage(f"--host: no lab answers at {host}")


def usage(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    sys.exit(USAGE)
