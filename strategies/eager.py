"""A coroutine that is begun at once: whoever never has to wait pays for no timer, no listener and no task."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class Started(Generic[Result]):
    """`work`, as far as it gets without waiting; where `waits`, await it once for the rest. Raises what it raises.

    Both must happen in the same task, with nothing awaited in between: what the coroutine waits for is the task's.
    """

    __slots__ = ("_result", "_waited_for", "_work", "waits")

    def __init__(self, work: Coroutine[Any, Any, Result]) -> None:
        self._work = work
        self._result: Result
        try:
            self._waited_for = work.send(None)
        except StopIteration as stop:
            self.waits, self._result = False, stop.value
        else:
            self.waits = True

    @property
    def result(self) -> Result:
        """Of one that doesn't wait."""
        return self._result

    def __await__(self) -> Generator[Any, Any, Result]:
        return _Rest(self._work, self._waited_for)


class _Rest(Generator[Any, Any, Result]):
    """What is left of a coroutine that waits for something already."""

    def __init__(self, work: Coroutine[Any, Any, Result], waited_for: Any) -> None:
        self._work = work
        self._waited_for: list[Any] = [waited_for]

    def send(self, value: Any) -> Any:
        return self._waited_for.pop() if self._waited_for else self._work.send(value)

    def throw(self, *error: Any) -> Any:
        return self._work.throw(*error)
