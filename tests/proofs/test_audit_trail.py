"""Every change by staff or by the platform leaves its row: asked of every such route of the document."""

from collections.abc import Iterable
from uuid import UUID

import httpx

from shoplytics.api import Api
from tests.builders import Account
from tests.drain import drain
from tests.proofs.test_i04_walls import send
from tests.proofs.walls.cases import CASES
from tests.proofs.walls.operations import Operation, operations
from tests.proofs.walls.world import World

# What does not change anything of the store's or the platform's, each with its reason.
SILENT: dict[str, str] = {}
# An operation that only makes sense after another, or ends what the others need; the rest come in between.
LAST = (
    "post_stores_store_orders_order_ship",
    "post_stores_store_orders_order_returns",
    "post_stores_store_orders_order_complete",
    "delete_stores_store_logo",
    "delete_admin_users_user",
    "post_admin_users_user_restore",
    "delete_stores_store_attributes_attribute",
    "post_stores_store_attributes_attribute_restore",
    "delete_stores_store_categories_category",
    "post_stores_store_categories_category_restore",
    "delete_admin_categories_category",
    "post_admin_categories_category_restore",
    "delete_stores_store_customers_customer",
    "delete_stores_store_discounts_discount",
    "post_stores_store_discounts_discount_restore",
    "delete_stores_store_shipping_rates_shipping_rate",
    "post_stores_store_shipping_rates_shipping_rate_restore",
    "delete_stores_store_tax_rates_tax_rate",
    "post_stores_store_tax_rates_tax_rate_restore",
    "delete_stores_store_offers_offer",
    "post_stores_store_offers_offer_restore",
    "delete_stores_store_import_sources_source",
    "delete_stores_store_products_product_images_image",
    "delete_stores_store_products_product_variants_variant",
    "post_stores_store_products_product_variants_variant_restore",
    "delete_stores_store_products_product",
    "post_stores_store_products_product_restore",
    "delete_stores_store_invitations_invitation",
    "delete_stores_store_api_keys_key",
    "post_stores_store_ownership",
    "delete_stores_store_members_user",
    "delete_stores_store",
    "post_admin_stores_store_restore",
    "patch_admin_stores_store",
    "delete_admin_stores_store",
)
# While galleries and variants are as the world made them; then the options, for which there is a new variant.
FIRST = (
    "put_stores_store_products_product_images_order",
    "put_stores_store_products_product_variants_order",
    "put_stores_store_products_product_options",
)
AFTER_HANDOVER = LAST[LAST.index("post_stores_store_ownership") + 1 :]
A_MINUTE_AGO = "update tenancy_invitation set sent_at = sent_at - interval '61 seconds'"
ROWS = "select count(*) from tenancy_audit where action <> 'denied'"


def place(operation: Operation) -> int:
    if operation.name in FIRST:
        return FIRST.index(operation.name) - len(FIRST)
    return LAST.index(operation.name) + 1 if operation.name in LAST else 0


def changing(found: Iterable[Operation]) -> list[Operation]:
    """Those of members and of the platform, in an order in which each can succeed."""
    audited = [one for one in found if one.audience in {"store", "platform"} and one.method != "GET"]
    return sorted((one for one in audited if one.name not in SILENT), key=place)


OF_ITS_OWN_MAKING = {"delete_stores_store_offers_offer", "post_stores_store_offers_offer_restore"}


class Office:
    """The victim's store, whose analyst becomes its owner."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.offer = ""
        """Of the other store's product; only such a one can be taken away."""

    def ids(self, operation: Operation) -> dict[str, str]:
        """The analyst is who is changed, and at last the former owner is who is removed.

        The platform tries its hand at somebody nobody else needs.
        """
        if operation.audience == "platform" and "user_id" in operation.ids:
            return {**self._world.victim.ids, "user_id": str(self._world.nobody.user_id)}
        if operation.audience == "platform" and "category_id" in operation.ids:
            return {**self._world.victim.ids, "category_id": str(self._world.category)}
        if operation.name == "post_stores_store_orders_order_mark_paid":
            return {**self._world.victim.ids, "order_id": self._world.victim.ids["native_id"]}
        if operation.name == "post_stores_store_orders_order_cancel":
            return {**self._world.victim.ids, "order_id": self._world.victim.unpaid}
        if operation.name in OF_ITS_OWN_MAKING:
            return {**self._world.victim.ids, "offer_id": self.offer}
        whom = self._world.victim.owner if operation.name in AFTER_HANDOVER else self._world.analyst
        return {**self._world.victim.ids, "user_id": str(whom.user_id)}

    def who(self, operation: Operation) -> Account:
        if operation.audience == "platform":
            return self._world.admin
        return self._world.analyst if operation.name in AFTER_HANDOVER else self._world.victim.owner

    def body(self, operation: Operation) -> dict[str, object] | None:
        if operation.name == "patch_stores_store_members_user":
            return {"role": "manager"}
        if operation.name == "patch_admin_users_user":
            return {"disabled": True}
        if operation.name == "post_stores_store_ownership":
            return {"user_id": str(self._world.analyst.user_id)}
        if operation.name == "post_stores_store_offers":
            return {"variant_id": self._world.other.open_ids["variant_id"], "price": "4.00"}
        case = CASES.get(operation.name)
        return case.body(self._world.victim) if case and case.body else None


async def unlogged(app: Api, client: httpx.AsyncClient, world: World) -> list[str]:
    """Operations that were carried out and left no row, or that were not carried out."""
    office, wrong = Office(world), []
    owner = world.owner
    await owner.execute(A_MINUTE_AGO)
    for operation in changing(await operations(client)):
        before = await owner.fetchval(ROWS)
        answer = await send(
            client, operation, office.ids(operation), office.who(operation), office.body(operation)
        )
        if operation.name == "post_stores_store_offers" and answer.is_success:
            office.offer = answer.json()["id"]
        if operation.name == "put_stores_store_logo":  # written with the change, which a worker makes
            await drain(app.parts.infra)
        if not answer.is_success:
            wrong.append(f"{operation.name}: {answer.status_code} {answer.text[:200]}")
        elif await owner.fetchval(ROWS) != before + 1 + (operation.name == "post_stores_store_ownership"):
            wrong.append(f"{operation.name}: {await owner.fetchval(ROWS) - before} rows")
    return wrong


class TestTheAuditTrail:
    async def test_holds_every_change_by_staff_and_platform(
        self, app: Api, client: httpx.AsyncClient, world: World
    ) -> None:
        assert "\n".join(await unlogged(app, client, world)) == ""

    async def test_is_read_by_filters_in_pages(self, client: httpx.AsyncClient, world: World) -> None:
        path, who = f"/api/v1/stores/{world.other.store}/audit-log", world.other.owner
        first = (await client.get(path, params={"limit": 2}, headers=who.headers)).json()
        after = {"limit": 100, "cursor": first["next_cursor"]}
        rest = (await client.get(path, params=after, headers=who.headers)).json()
        rows = first["items"] + rest["items"]
        assert rows[-1]["action"] == "stores.create"
        assert [UUID(row["id"]) for row in rows] == sorted((UUID(row["id"]) for row in rows), reverse=True)
        for query, number in (
            ({"action": "stores.create"}, 1),
            ({"actor": f"user:{world.victim.owner.user_id}"}, 0),
            ({"from": rows[0]["at"]}, 1),
            ({"to": rows[-1]["at"]}, 1),
        ):
            found = (await client.get(path, params=query, headers=who.headers)).json()["items"]
            assert len(found) == number, query
        for wrong in ({"from": "2026-01-01T00:00:00"}, {"from": rows[0]["at"], "to": rows[-1]["at"]}):
            assert (await client.get(path, params=wrong, headers=who.headers)).status_code == 400
        everything = (await client.get("/api/v1/admin/audit-log", headers=world.admin.headers)).json()[
            "items"
        ]
        assert {UUID(row["store_id"]) for row in everything} == {world.victim.store, world.other.store}
