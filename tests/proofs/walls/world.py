"""Two stores that know nothing of each other, and everybody who might look over the wall."""

import secrets
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from asyncpg.prepared_stmt import PreparedStatement

from shoplytics.adapters.postgres.work import Raw
from shoplytics.api import Api
from tests.builders import Account, register, sign_in, store_of
from tests.drain import drain
from tests.modules.catalog.merchants import Merchant
from tests.modules.payments.placed import placed
from tests.modules.sales.orders import Goods, paid, place
from tests.pictures import picture

HEADER = "Name,Email,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity"
ORDERS = (
    f"{HEADER},Lineitem name,Lineitem price,Lineitem sku,Billing Name\n"
    '#1,{email},paid,GBP,5.00,0,0,5.00,2026-01-02 10:00:00 +0000,1,Cup,5.00,CUP,"Mary Major"\n'
    '#2,{email},paid,GBP,oops,0,0,5.00,2026-01-02 10:00:00 +0000,1,Cup,5.00,CUP,"Mary Major"\n'
)
AGENT = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36"}
# What the world may read needs no canary; a hidden product carries one for the catalogue.
PUBLIC = {"tenancy_store", "catalog_store", "catalog_search", "catalog_category"}
HIDDEN = {"catalog_product", "catalog_variant", "catalog_offer", "catalog_image"}
# Words that code reads, not people.
WORDS = {
    "timezone",
    "currency",
    "task",
    "event_type",
    "kind",
    "topic",
    "source",
    "scope",
    "purpose",
    "locale",
    "status_from",
    "status_to",
}
# What a caller's own visit to the platform changes.
FLEETING = ("last_used_at", "last_sign_in_at", "last_seen_at")
TEXTS = """
    select c.table_name as name, c.column_name as field,
        exists (select from information_schema.columns o
                where o.table_name = c.table_name and o.column_name = 'store_id') as owned,
        exists (select from information_schema.columns o
                where o.table_name = c.table_name and o.column_name = 'user_id') as personal
    from information_schema.columns c
    join information_schema.tables t on t.table_name = c.table_name and t.table_type = 'BASE TABLE'
    where c.table_schema = 'public' and t.table_schema = 'public' and c.data_type = 'text'
"""
ADD_ANALYST = """
    insert into tenancy_member (store_id, user_id, role, email, name) values ($1, $2, 'analyst', $3, '')
"""
ADD_LINK = """
    insert into identity_oidc_link (id, user_id, issuer, subject, created_at, last_used_at)
    values ($1, $2, 'https://issuer.example', md5(random()::text), now(), now())
    returning id
"""
ADD_REVIEW = """
    insert into catalog_review (id, store_id, product_id, user_id, author, rating, comment)
    values ($1, $2, $3, $4, 'Vera V.', 5, 'Mine') returning id
"""
ADD_CATEGORY = """
    insert into catalog_category (id, name, slug, path, position) values ($1, 'All', 'all', 'all', 1)
"""
WELCOME = "select id from platform_mail where recipient = $1"
PROVE = "update identity_user set email_verified_at = now() where id = $1"
TABLES = """
    select table_name as name, array_agg(column_name::text) as fields
    from information_schema.columns
    where table_schema = 'public' and column_name in ('store_id', 'user_id', 'id')
    group by table_name order by table_name
"""


@dataclass(kw_only=True)
class Tenant:
    """An owner with a store, and the ids of one of everything in it, by the names of path parameters."""

    owner: Account
    store: UUID
    ids: dict[str, str] = field(default_factory=dict)
    open_ids: dict[str, str] = field(default_factory=dict)
    unpaid: str = ""
    """Another order."""


@dataclass(kw_only=True)
class World:
    victim: Tenant
    other: Tenant
    analyst: Account
    nobody: Account
    admin: Account
    canary: str
    owner: "asyncpg.Connection[asyncpg.Record]"
    category: UUID
    """One of the platform's."""
    shared: dict[str, str]
    """The victim's ids with those of a product that the other store sells too."""
    _digests: "PreparedStatement[asyncpg.Record] | None" = None

    async def state(self, tenant: Tenant | None = None) -> dict[str, str]:
        """A digest of the rows of the victim, or of another, by table."""
        whose = tenant or self.victim
        if self._digests is None:  # too long for the connection to keep it by itself
            self._digests = await self.owner.prepare(await _digests(self.owner))
        found = await self._digests.fetch(whose.store, whose.owner.user_id)
        return {row[0]: row[1] for row in found}


async def _digests(owner: "asyncpg.Connection[asyncpg.Record]") -> str:
    parts = []
    for row in await owner.fetch(TABLES):
        rule = _whose(row["name"], row["fields"])
        if rule:
            kept = "to_jsonb(t)" + "".join(f" - '{name}'" for name in FLEETING)
            digest = f"md5(coalesce(string_agg(({kept})::text, '|' order by ({kept})::text), ''))"
            parts.append(f"select '{row['name']}', {digest} from {row['name']} t where {rule}")
    return " union all ".join(parts)


def _whose(table: str, fields: list[str]) -> str:
    """$1 is the victim's store, $2 its owner."""
    if table == "tracking_drop":  # how many visits were left out: anybody adds to it, and it is told later
        return ""
    if table == "identity_user":
        return "id = $2"
    if table == "tenancy_store":
        return "id = $1"
    rules = [
        rule for name, rule in (("store_id", "store_id = $1"), ("user_id", "user_id = $2")) if name in fields
    ]
    return " or ".join(rules)


async def build(app: Api, client: httpx.AsyncClient, owner: "asyncpg.Connection[asyncpg.Record]") -> World:
    """Made over HTTP, as people would; then the victim's private texts get their canary."""
    victim, other = [await _tenant(app, client, owner) for _ in range(2)]
    analyst, nobody, admin = [await register(client) for _ in range(3)]
    world = World(
        victim=victim,
        other=other,
        analyst=analyst,
        nobody=nobody,
        admin=admin,
        canary=f"CANARY{secrets.token_hex(6)}",
        owner=owner,
        category=uuid4(),
        shared=victim.ids | victim.open_ids,
    )
    sells = _Sender(client, other.owner, f"/api/v1/stores/{other.store}")
    offer = {"variant_id": victim.open_ids["variant_id"], "price": "4.00", "quantity": 3}
    await sells.post("/offers", json=offer)
    await owner.execute("update identity_user set platform_admin = true where id = $1", admin.user_id)
    for tenant in (victim, other):
        tenant.ids["provider"] = "nobody"
        tenant.ids["link_id"] = str(await owner.fetchval(ADD_LINK, uuid4(), tenant.owner.user_id))
    await owner.execute(ADD_CATEGORY, world.category)
    await owner.execute(ADD_ANALYST, victim.store, analyst.user_id, analyst.email)
    await _plant(owner, world)
    return world


async def _tenant(app: Api, client: httpx.AsyncClient, owner: "asyncpg.Connection[asyncpg.Record]") -> Tenant:
    account = await register(client, first_name="Vera", last_name="Vault")
    store = await store_of(client, account)
    ids = {"store_id": str(store), "user_id": str(account.user_id)}
    send = _Sender(client, account, f"/api/v1/stores/{store}")
    hue = {"code": "hue", "name": "Hue", "kind": "text"}
    ids["attribute_id"] = (await send.post("/attributes", json=hue))["id"]
    ids["category_id"] = (await send.post("/categories", json={"name": "Cups"}))["id"]
    shown = {"title": "Cup", "sku": "CUP", "price": "5.00", "quantity": 9, "marketplace": True}
    hidden = {"title": "Hidden", "sku": "HIDDEN", "price": "5.00", "quantity": 9, "active": False}
    open_ids = _of_product(await send.post("/products", json=shown))
    product = await send.post("/products", json=hidden)
    ids |= _of_product(product)
    picture_sent = {"file": ("picture.png", picture())}
    image = await send.post(f"/products/{product['id']}/images", files=picture_sent)
    ids["image_id"] = image["image"]["id"]
    ids |= await _set_up(send)
    review = (store, UUID(product["id"]), account.user_id)
    ids["review_id"] = str(await owner.fetchval(ADD_REVIEW, uuid4(), *review))
    file = ORDERS.format(email=f"mary-{uuid4().hex[:6]}@example.com").encode()
    job = await send.post("/orders/import?format=shopify", files={"file": ("orders.csv", file)})
    ids["job_id"] = job["job_id"]
    source = {"name": "Vendor", "kind": "url", "location": "https://vendor.example/a.csv", "hour": 3}
    ids["source_id"] = (await send.post("/import-sources", json=source | {"format": "inventory"}))["id"]
    await client.post("/api/v1/track", json={"store_id": str(store), "path": "/cup"}, headers=AGENT)
    await drain(app.parts.infra)
    ids["mail_id"] = str(await owner.fetchval(WELCOME, account.email))
    await owner.execute(PROVE, account.user_id)  # no welcome is written to who has proved their address
    invited = await send.post(
        "/invitations", json={"email": f"v{uuid4().hex[:9]}@example.com", "role": "staff"}
    )
    key = await send.post("/api-keys", json={"name": "Vault key", "scopes": ["orders:read"]})
    ids |= {"invitation_id": invited["id"], "key_id": key["id"]}
    merchant = Merchant(client, account, store)
    ids["order_id"] = str((await paid(app.parts.infra, merchant, Goods(quantity=9))).id)
    unpaid = await place(app.parts.infra, merchant)
    ids["customer_id"] = (await send.get("/customers"))["items"][0]["id"]
    ids |= await _paying(client, owner, account, store)
    await sign_in(client, account.email)
    mine = (await client.get("/api/v1/me/sessions", headers=account.headers)).json()["items"]
    ids["session_id"] = next(session["id"] for session in mine if not session["current"])
    ids |= await _of_shopper(client, account, open_ids)
    return Tenant(owner=account, store=store, ids=ids, open_ids=open_ids, unpaid=str(unpaid.id))


async def _paying(client: httpx.AsyncClient, owner: Raw, account: Account, store: UUID) -> dict[str, str]:
    """A checkout of one's own with an open payment, and its order."""
    bought = await placed(owner, store, user_id=account.user_id)
    send = _Sender(client, account, "/api/v1")
    payment = await send.post("/payments", json={"checkout_id": str(bought.checkout_id)})
    return {
        "checkout_id": str(bought.checkout_id),
        "native_id": str(bought.orders[0]),
        "payment_id": payment["id"],
    }


async def _of_shopper(client: httpx.AsyncClient, account: Account, goods: dict[str, str]) -> dict[str, str]:
    """An address in the book, and a line in the cart."""
    mine, cart = _Sender(client, account, "/api/v1/me"), _Sender(client, account, "/api/v1/cart")
    home = {"name": "Vera Vault", "lines": ["1 High Street"], "city": "York", "country": "GB"}
    address = await mine.post("/addresses", json=home)
    filled = await cart.post("/items", json={"variant_id": goods["variant_id"], "quantity": 1})
    return {"address_id": address["id"], "line_id": filled["lines"][0]["id"]}


async def _set_up(send: "_Sender") -> dict[str, str]:
    """What the store has for its sales."""
    discount = {"title": "Ten off", "kind": "percent", "percent": "10", "code": "TEN"}
    post, vat = {"name": "Post", "amount": "2.00"}, {"name": "VAT", "percent": "20"}
    return {
        "discount_id": (await send.post("/discounts", json=discount))["id"],
        "shipping_rate_id": (await send.post("/shipping-rates", json=post))["id"],
        "tax_rate_id": (await send.post("/tax-rates", json=vat))["id"],
    }


def _of_product(product: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    variant = product["variants"][0]
    return {"product_id": product["id"], "variant_id": variant["id"], "offer_id": variant["offers"][0]["id"]}


class _Sender:
    def __init__(self, client: httpx.AsyncClient, account: Account, base: str) -> None:
        self._client = client
        self._account = account
        self._base = base

    async def post(self, path: str, **body: object) -> Any:  # noqa: ANN401 - JSON
        return await self._send("POST", path, **body)

    async def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        return await self._send("GET", path)

    async def _send(self, method: str, path: str, **body: object) -> Any:  # noqa: ANN401 - JSON
        answer = await self._client.request(
            method,
            self._base + path,
            headers=self._account.headers,
            **body,  # type: ignore[arg-type]  # json or files
        )
        assert answer.status_code < 300, answer.text
        return answer.json()


async def _plant(owner: "asyncpg.Connection[asyncpg.Record]", world: World) -> None:
    """A canary in every private text of the victim that takes one; some are kept from it by a constraint."""
    for row in await owner.fetch(TEXTS):
        table, column = row["name"], row["field"]
        if table in PUBLIC or column in WORDS:
            continue
        rules = [
            rule
            for asked, rule in (
                (row["owned"], f"store_id = '{world.victim.store}'"),
                (row["personal"], f"user_id = '{world.victim.owner.user_id}'"),
                (table == "identity_user", f"id = '{world.victim.owner.user_id}'"),
            )
            if asked
        ]
        if not rules:
            continue
        only = f" and {_hidden(table, world)}" if table in HIDDEN else ""
        text = (
            f"update {table} set {column} = {column} || '{world.canary}' where ({' or '.join(rules)}){only}"
        )
        transaction = owner.transaction()
        await transaction.start()
        try:
            await owner.execute(text)
        except asyncpg.PostgresError:
            await transaction.rollback()
        else:
            await transaction.commit()


def _hidden(table: str, world: World) -> str:
    """The victim's product that nobody else may see, and what belongs to it."""
    ids = world.victim.ids
    if table == "catalog_product":
        return f"id = '{ids['product_id']}'"
    if table == "catalog_offer":
        return f"id = '{ids['offer_id']}'"
    return f"product_id = '{ids['product_id']}'"
