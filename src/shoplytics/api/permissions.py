"""The table of permissions: who holds each, and which routes ask for it."""

from collections.abc import Iterable

from shoplytics.api.plans import Plan
from shoplytics.kernel.access import Audience, Permission, StoreRole

ROLES = tuple(role.value for role in StoreRole)
HOLDERS = ("public", "system", "signed in", *ROLES, "API key", "platform admin")
YES = "yes"
HEAD = """# Who may do what

Made by `shoplytics permissions`. Tests compare this page with the code, and each route's guard with it.

Every route asks for one permission. `public` is for anyone and reads what is published; with `system` anyone
may ask, and the system acts for them (sign-in, tracking). What is for a signed-in user is about their own
things. Roles count in the store that the route names; to everybody else that store does not exist (404). An
API key needs the permission among its scopes, and the member it acts for has to hold it, too.
"""


def holders(permission: Permission) -> frozenset[str]:
    """The columns of HOLDERS that hold it. What anyone may, everybody may."""
    audience = permission.audience
    if audience in {Audience.PUBLIC, Audience.SYSTEM}:
        return frozenset(HOLDERS) - ({"public", "system"} - {audience.value})
    if audience is Audience.USER:
        return frozenset({"signed in", *ROLES, "platform admin"})
    if audience is Audience.PLATFORM:
        return frozenset({"platform admin"})
    keys = {"API key"} if permission.keys else set()
    return frozenset({role.value for role in permission.roles} | keys)


def permission_table(plans: Iterable[Plan]) -> str:
    """Markdown, by the permissions' names."""
    routes: dict[str, set[str]] = {}
    known: dict[str, Permission] = {}
    for plan in plans:
        known[plan.permission.name] = plan.permission
        routes.setdefault(plan.permission.name, set()).add(f"`{plan.method} {plan.template}`")
    lines = [_row(("permission", *HOLDERS, "routes")), _row(["---"] * (len(HOLDERS) + 2))]
    for name, permission in sorted(known.items()):
        held = holders(permission)
        cells = (YES if holder in held else "" for holder in HOLDERS)
        lines.append(_row((f"`{name}`", *cells, "<br>".join(sorted(routes[name])))))
    return f"{HEAD}\n" + "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
