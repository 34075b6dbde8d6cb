"""Who asks, as the guard has found out."""

from typing import Protocol

from starlette.types import Scope


class Asker(Protocol):
    """Who is asking (mesh.auth.Principal)."""

    @property
    def id(self) -> str: ...


def asker(scope: Scope) -> Asker | None:
    """Who makes this request; None where nobody is asked who they are."""
    found: Asker | None = scope.get("state", {}).get("principal")
    return found


def owner_of(principal: Asker | None) -> str:
    """The name under which things are kept for who is asking."""
    if principal is None:
        return "local"
    return getattr(principal, "owner", None) or principal.id
