"""Where personal data lives: every text, date and document about people, and what becomes of it.

A test fails for such a column of `identity_*` or `tenancy_*` that is in none of these lists.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from shoplytics.adapters.postgres.work import Work

HIDDEN = "a secret or its hash"
KIND = "a word of ours, not about anybody"
BRIEF = "gone within minutes or days, with what it was for"
STORES = "the store's own, in the store's exports"
DEED = "what a row held before and after, without names"


@dataclass(frozen=True, kw_only=True)
class Place:
    """`shown` is exported of the rows `where` ($1 the user, $2 the address); `kept` says why not."""

    shown: tuple[str, ...] = ()
    where: str = "user_id = $1::uuid and $2::text <> ''"
    kept: Mapping[str, str] = field(default_factory=dict)


IDENTITY: Mapping[str, Place] = {
    "identity_user": Place(
        shown=(
            "id",
            "email",
            "email_verified_at",
            "username",
            "phone",
            "phone_verified_at",
            "first_name",
            "last_name",
            "date_of_birth",
            "avatar_key",
            "preferences",
            "platform_admin",
            "last_sign_in_at",
            "created_at",
            "updated_at",
        ),
        where="id = $1::uuid and $2::text <> ''",
        kept={"password_hash": HIDDEN},
    ),
    "identity_address": Place(
        shown=(
            "id",
            "name",
            "company",
            "lines",
            "city",
            "region",
            "postal_code",
            "country",
            "phone",
            "default_shipping",
            "default_billing",
            "created_at",
            "updated_at",
            "deleted_at",
        )
    ),
    "identity_session": Place(
        shown=("id", "user_agent", "created_at", "last_used_at", "expires_at", "revoked_at", "revoked_why")
    ),
    "identity_totp": Place(shown=("created_at", "confirmed_at")),
    "identity_recovery_code": Place(shown=("created_at", "used_at")),
    "identity_oidc_link": Place(shown=("issuer", "subject", "created_at", "last_used_at")),
    "identity_oidc_state": Place(kept={"provider": KIND}),
    "identity_token": Place(shown=("purpose", "used_at"), kept={"detail": BRIEF}),
    "identity_code": Place(
        shown=("purpose", "expires_at", "used_at"), kept={"target": BRIEF, "detail": BRIEF}
    ),
    "identity_guess": Place(kept={"purpose": KIND}),
    "identity_username_hold": Place(kept={"username": BRIEF}),
}
TENANCY: Mapping[str, Place] = {
    "tenancy_member": Place(shown=("store_id", "role", "email", "name", "created_at")),
    "tenancy_invitation": Place(
        shown=("store_id", "store_name", "email", "role", "created_at", "accepted_at"),
        where="accepted_by = $1::uuid or email = $2::text",
    ),
    "tenancy_audit": Place(
        shown=("id", "store_id", "action", "target", "at"),
        where="(user_id = $1::uuid or target = 'user:' || $1::uuid::text) and $2::text <> ''",
        kept={"actor": "an id, which the user's own is", "before": DEED, "after": DEED},
    ),
    "tenancy_store": Place(
        kept=dict.fromkeys(
            ("name", "slug", "description", "logo_key", "currency", "timezone", "address"), STORES
        )
    ),
    "tenancy_api_key": Place(kept={"name": STORES, "prefix": STORES, "scopes": STORES}),
}


class PgPersonalData:
    """See PersonalData in modules/identity/ports/people.py: in the unit of work, within its scope."""

    def __init__(self, work: Work, places: Mapping[str, Place]) -> None:
        self._work = work
        self._places = places

    async def of_user(self, *, user_id: UUID, email: str) -> Mapping[str, Sequence[msgspec.Raw]]:
        found = {}
        for table, place in self._places.items():
            if place.shown:
                rows = await self._work.raw.fetch(statement(table, place), user_id, email)
                found[table] = [msgspec.Raw(row["content"].encode()) for row in rows]
        return found


def statement(table: str, place: Place) -> str:
    """What reads a table's rows about somebody."""
    rows = f"select {', '.join(place.shown)} from {table} where {place.where}"
    return f"select to_jsonb(t)::text as content from ({rows}) t"
