"""The migrated schema keeps the house rules: walls on every table, keys led by the store, sound SQL."""

import importlib
import pkgutil
import re
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

import shoplytics.adapters.postgres as package
from shoplytics.adapters.postgres.migrate import own_definers
from shoplytics.adapters.postgres.work import Raw
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole

# The few keys that are unique over all stores; anything else leads with store_id.
GLOBAL_KEYS = {
    "identity_user": {"email", "username", "phone"},
    "tenancy_store": {"slug"},
    "tenancy_invitation": {"token_hash"},
    "tenancy_api_key": {"key_hash"},
    "sales_cart_line": {"cart_id", "offer_id"},
    "sales_cart_recovery": {"token_hash"},
}
STAGE = re.compile(r"\s*create\s+temp", re.IGNORECASE)
LASTING = re.compile(
    r"set_config\([^()]*,\s*false|\bpg_(try_)?advisory_lock|^\s*set\s|temp (?!.*on commit drop)",
    re.IGNORECASE | re.DOTALL,
)
STATEMENT = re.compile(r"\s*(with|select|insert|update|delete)\b", re.IGNORECASE)
OWNED = "select count(*) from pg_class where pg_get_userbyid(relowner) = current_user"
POLICIES = """
    select c.relname, p.polroles::regrole[]::text[] as roles, p.polcmd::text as command
    from pg_policy p join pg_class c on c.oid = p.polrelid
"""
DEFINERS = """
    select oid::regprocedure::text as name, proowner::regrole::text as owner,
        'search_path=public, pg_temp' = any(proconfig) as fixed,
        exists (select from aclexplode(proacl) a where a.grantee = 0) or proacl is null as anybody
    from pg_proc where prosecdef and pronamespace = 'public'::regnamespace order by 1
"""
UNIQUE = """
    select c.relname, array_agg(a.attname::text order by k.n) as columns, i.indisprimary
    from pg_index i
    join pg_class c on c.oid = i.indrelid
    join pg_namespace ns on ns.oid = c.relnamespace and ns.nspname = 'public'
    cross join lateral unnest(i.indkey) with ordinality k(attnum, n)
    left join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum and k.attnum > 0
    where i.indisunique and not i.indisprimary and exists (
        select from pg_attribute s where s.attrelid = c.oid and s.attname = 'store_id')
    group by c.relname, i.indexrelid, i.indisprimary
"""


def constants() -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """Of every module of the adapter: its name, the temporary tables it makes, and its other statements."""
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if ".models" in info.name or info.name.endswith(".rls"):
            continue
        texts = {
            name: value
            for name, value in vars(importlib.import_module(info.name)).items()
            if name.isupper() and isinstance(value, str)
        }
        stages = [text for text in texts.values() if STAGE.match(text)]
        yield info.name, stages, {name: text for name, text in texts.items() if STATEMENT.match(text)}


async def broken(owner: Raw) -> list[str]:
    """Statements that PostgreSQL cannot prepare, with its reason."""
    wrong = []
    for module, stages, statements in constants():
        for name, text in statements.items():
            transaction = owner.transaction()
            await transaction.start()
            try:
                for stage in stages:
                    await owner.execute(stage)
                await owner.prepare(text)
            except asyncpg.PostgresError as error:
                wrong.append(f"{module}.{name}: {error}")
            finally:
                await transaction.rollback()
    return wrong


class TestSchema:
    async def test_forces_row_level_security_on_every_table(self, owner_url: str) -> None:
        owner = await asyncpg.connect(owner_url)
        bare = await owner.fetch(
            "select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = 'public' and relkind in ('r', 'p') and relname <> 'alembic_version'"
            " and not (relrowsecurity and relforcerowsecurity)"
        )
        await owner.close()
        assert [row[0] for row in bare] == []

    async def test_has_one_policy_per_table_and_role(self, owner_url: str) -> None:
        owner = await asyncpg.connect(owner_url)
        rows = await owner.fetch(POLICIES)
        await owner.close()
        seen = [(row["relname"], role) for row in rows for role in row["roles"]]
        known = {role.value for role in DbRole}
        doubled = {pair for pair in seen if seen.count(pair) > 1}
        assert doubled == set()
        assert {role for _, role in seen} <= known

    async def test_leads_unique_keys_with_the_store(self, owner_url: str) -> None:
        owner = await asyncpg.connect(owner_url)
        rows = await owner.fetch(UNIQUE)
        await owner.close()
        allowed = ("platform_outbox", "platform_inbox", "platform_schedule", "platform_mail")
        wrong = [
            (row["relname"], row["columns"])
            for row in rows
            if row["columns"][0] != "store_id"
            and row["relname"] not in allowed
            and not set(row["columns"]) <= GLOBAL_KEYS.get(row["relname"], set())
        ]
        assert wrong == []

    async def test_has_only_views_that_obey_the_reader(self, owner_url: str) -> None:
        owner = await asyncpg.connect(owner_url)
        views = await owner.fetch(
            "select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = 'public' and relkind in ('v', 'm')"
            " and not coalesce('security_invoker=true' = any(reloptions), false)"
        )
        await owner.close()
        assert [row[0] for row in views] == []

    async def test_lends_its_rights_to_functions_of_the_system_alone(self, owner_url: str) -> None:
        """Whoever may call one runs it as its owner, who must never be the owner of the tables."""
        owner = await asyncpg.connect(owner_url)
        functions = await owner.fetch(DEFINERS)
        await owner.execute("alter function catalog_sold(uuid[]) owner to current_user")
        await own_definers(owner)
        again = await owner.fetch(DEFINERS)
        await owner.close()
        assert functions == again
        assert {(row["owner"], row["fixed"], row["anybody"]) for row in functions} == {
            ("shop_system", True, False)
        }

    async def test_login_owns_nothing_and_inherits_nothing(
        self, login: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        owned = await login.fetchval(
            "select count(*) from pg_class where pg_get_userbyid(relowner) = current_user"
        )
        assert owned == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await login.fetchval("select count(*) from platform_outbox")


class TestStatements:
    def test_set_nothing_for_the_session(self) -> None:
        """The pools do not reset a connection between two uses."""
        texts = [text for _, stages, statements in constants() for text in [*stages, *statements.values()]]
        assert [text for text in texts if LASTING.search(text)] == []

    async def test_all_prepare_against_the_schema(self, owner_url: str) -> None:
        owner = await asyncpg.connect(owner_url)
        wrong = await broken(owner)
        await owner.close()
        assert wrong == []


@pytest.fixture
async def login(infra: Infra) -> AsyncIterator[Raw]:
    """A connection as the application signs in, before any unit of work took a role."""
    connection = await infra.database.connect()
    yield connection
    await connection.close()
