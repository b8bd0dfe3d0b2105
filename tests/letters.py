"""What people find in their mail and on their phone, read as an operator's mailbox would."""

import re

import msgspec

from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.ports.mails import Body
from tests.drain import drain

TO = "select id, body from platform_mail where recipient = $1 and body is not null order by id"


async def letters_to(infra: Infra, address: str) -> list[Body]:
    """Everything that was written to that address or number, after the workers are done."""
    await drain(infra)
    pool = infra.database.pool(DbRole.SYSTEM)
    return [
        msgspec.json.decode(
            infra.vault.open(row["body"], context=f"platform_mail:body:{row['id']}"), type=Body
        )
        for row in await pool.fetch(TO, address)
    ]


async def subjects_to(infra: Infra, address: str) -> list[str]:
    return [letter.subject for letter in await letters_to(infra, address)]


async def token_to(infra: Infra, address: str) -> str:
    """Of the last link."""
    found = re.findall(
        r"#token=([\w-]+)", "".join(letter.text for letter in await letters_to(infra, address))
    )
    return str(found[-1])


async def code_to(infra: Infra, address: str) -> str:
    """The last code."""
    found = re.findall(r"\b\d{6}\b", "".join(letter.text for letter in await letters_to(infra, address)))
    return str(found[-1])
