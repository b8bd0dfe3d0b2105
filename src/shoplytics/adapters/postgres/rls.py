"""Row-level security in one vocabulary, used by the migrations: one policy per table and role, never two.

`store`: rows of `app.store_ids`. `user`: rows of `app.user_id`. `all`: every row. Anything else is the
predicate itself. A role that is not named sees nothing.
"""

from collections.abc import Mapping

from shoplytics.kernel.access import DbRole

STORE = "{column} = any(coalesce(nullif(current_setting('app.store_ids', true), ''), '{{}}')::uuid[])"
USER = "{column} = nullif(current_setting('app.user_id', true), '')::uuid"

READ = "select"
WRITE = "select, insert, update, delete"
APPEND = "select, insert"
ADD = "insert"


def predicate(rule: str) -> str:
    """The SQL of a rule: `store`, `user`, `all`, `store:<column>`, `user:<column>`, or SQL as it stands."""
    word, _, column = rule.partition(":")
    if rule == "all":
        return "true"
    if word == "store":
        return STORE.format(column=column or "store_id")
    if word == "user":
        return USER.format(column=column or "user_id")
    return rule


def protect(table: str, rules: Mapping[DbRole, tuple[str, str]]) -> list[str]:
    """Statements that force row-level security on `table` and give each role its (grant, rule)."""
    statements = [
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
    ]
    for role, (grant, rule) in rules.items():
        using = predicate(rule)
        statements.append(f"grant {grant} on {table} to {role.value}")
        checked = f" with check ({using})" if grant != READ else ""
        used = "" if grant == ADD else f" using ({using})"
        command = {READ: "select", ADD: "insert"}.get(grant, "all")
        statements.append(
            f"create policy {role.value} on {table} for {command} to {role.value}{used}{checked}"
        )
    return statements
