"""What an application sees of its authentication: `scope["auth"]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..backend import Identity

_FACTS = frozenset({"user", "expires_at", "issued_at", "token_id", "strategy", "backend", "session", "connection"})


class Auth:
    """The facts of the present identity, read-only: after a refresh the same object tells the new ones.

    So a consumer that keeps its scope, or a copy of it, never sees stale facts. Has every attribute of `Identity`
    that is for applications, and `identity`, the facts of this moment as one value.
    """

    __slots__ = ("identity",)
    identity: Identity

    def __init__(self, identity: Identity) -> None:
        object.__setattr__(self, "identity", identity)

    if TYPE_CHECKING:
        user: Any
        expires_at: float | None
        issued_at: float | None
        token_id: str | None
        strategy: str
        backend: str
        session: str | None
        connection: str
    else:

        def __getattr__(self, name: str) -> Any:
            if name in _FACTS:
                return getattr(self.identity, name)
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("scope['auth'] is read-only")

    def __repr__(self) -> str:
        return f"Auth({self.identity!r})"


def renew(auth: Auth, identity: Identity) -> None:
    """For the connection that `auth` belongs to, and for nobody else."""
    object.__setattr__(auth, "identity", identity)
