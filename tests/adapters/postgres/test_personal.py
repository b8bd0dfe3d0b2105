"""Where personal data lives is known, column by column."""

import asyncpg

from shoplytics.adapters.postgres.personal import IDENTITY, TENANCY, statement

TEXTS = """
    select table_name, column_name from information_schema.columns
    where table_schema = 'public' and (table_name like 'identity\\_%' or table_name like 'tenancy\\_%')
        and (data_type in ('text', 'jsonb', 'date', 'ARRAY', 'character', 'character varying')
            and udt_name <> '_timestamptz')
"""
PLACES = {**IDENTITY, **TENANCY}


async def unlisted(owner: "asyncpg.Connection[asyncpg.Record]") -> set[str]:
    found = set()
    for row in await owner.fetch(TEXTS):
        place = PLACES.get(row["table_name"])
        if place is None or row["column_name"] not in {*place.shown, *place.kept}:
            found.add(f"{row['table_name']}.{row['column_name']}")
    return found


class TestRegistry:
    async def test_knows_every_text_about_people(self, owner_url: str) -> None:
        owner = await asyncpg.connect(owner_url)
        assert await unlisted(owner) == set()
        await owner.close()

    async def test_fails_for_a_new_one(self, owner_url: str) -> None:
        owner = await asyncpg.connect(owner_url)
        transaction = owner.transaction()
        await transaction.start()
        await owner.execute("alter table identity_user add column nickname text")
        found = await unlisted(owner)
        await transaction.rollback()
        await owner.close()
        assert found == {"identity_user.nickname"}

    async def test_reads_with_statements_that_fit_the_schema(self, owner_url: str) -> None:
        owner = await asyncpg.connect(owner_url)
        for table, place in PLACES.items():
            if place.shown:
                await owner.prepare(statement(table, place))
        await owner.close()
