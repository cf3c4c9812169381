"""A coroutine that is begun at once: whoever never has to wait pays for no timer, no listener and no task."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class Started(Generic[Result]):
    """`work`, as far as it gets without waiting; where `waits`, await it once for the rest. Raises what it raises.

    Both must happen in the same task, with nothing awaited in between: what the coroutine waits for is the task's.
    `context`: of its own, where the context variables that it sets are to be nobody else's.
    """

    __slots__ = ("_context", "_result", "_waited_for", "_work", "waits")

    def __init__(self, work: Coroutine[Any, Any, Result], context: Context | None = None) -> None:
        self._work = work
        self._context = context
        self._result: Result
        try:
            self._waited_for = _step(context, work.send, None)
        except StopIteration as stop:
            self.waits, self._result = False, stop.value
        else:
            self.waits = True

    @property
    def result(self) -> Result:
        """Of one that doesn't wait."""
        return self._result

    def __await__(self) -> Generator[Any, Any, Result]:
        return _Rest(self._waited_for, self._work, self._context)


class _Rest(Generator[Any, Any, Any]):
    """What is left of a coroutine that waits for something already."""

    def __init__(self, waited_for: Any, work: Coroutine[Any, Any, Any], context: Context | None) -> None:
        self._waited_for = [waited_for]
        self._work = work
        self._context = context

    def send(self, value: Any) -> Any:
        return self._waited_for.pop() if self._waited_for else _step(self._context, self._work.send, value)

    def throw(self, *error: Any) -> Any:
        return _step(self._context, self._work.throw, *error)


def _step(context: Context | None, step: Callable[..., Any], *values: Any) -> Any:
    return step(*values) if context is None else context.run(step, *values)
