"""Who asks, as the guard has found out."""

from starlette.types import Scope

from mesh.auth import Principal


def asker(scope: Scope) -> Principal | None:
    """Who makes this request; None where nobody is asked who they are."""
    found: Principal | None = scope.get("state", {}).get("principal")
    return found


def owner_of(principal: Principal | None) -> str:
    """The name under which things are kept for who is asking."""
    return "local" if principal is None else principal.owner or principal.id
