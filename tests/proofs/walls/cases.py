"""What a valid request to each operation holds that the document alone does not tell.

An operation with a JSON body, or with an id in its path that no tenant has, needs a case here under its
operationId; the suite names the ones that are missing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from tests.builders import PASSWORD
from tests.pictures import picture
from tests.proofs.walls.world import Tenant

Body = Callable[[Tenant], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Case:
    """`body`: a valid one that names the tenant's things. `query`: parameters that must be there.

    `tokens`: fields whose value opens something. `anybody`: tables of a store that anybody may add to by it.
    `file`: what is uploaded. `ends`: the caller's session or account is over then, so a passer-by is sent.
    `extra`: whether an unknown field is refused before anything else (not where a body is read by hand).
    `free`: objects whose keys are the caller's own words.
    """

    body: Body | None = None
    query: dict[str, str] = field(default_factory=dict)
    tokens: frozenset[str] = frozenset()
    anybody: frozenset[str] = frozenset()
    file: tuple[str, bytes] = ("rows.csv", b"Handle,Title\nx,X\n")
    ends: bool = False
    extra: bool = True
    free: frozenset[str] = frozenset()


def fixed(**fields: Any) -> Body:  # noqa: ANN401 - JSON
    return lambda _: dict(fields)


NOBODYS = UUID(int=0)


def _address() -> str:
    return f"wall-{uuid4().hex[:12]}@example.com"


VISITS = frozenset(
    f"tracking_{name}"
    for name in (
        "salt",
        "visitor",
        "product_visitor",
        "page",
        "visit",
        "stat_hour",
        "stat_product_day",
        "drop",
    )
)
PRODUCT = {"title": "Pot", "price": "3.00", "options": [{"name": "Size", "values": ["S"]}]}
PICTURE = ("picture.png", picture())
CASES: dict[str, Case] = {
    "put_me_avatar": Case(file=PICTURE),
    "put_stores_store_logo": Case(file=PICTURE),
    "post_auth_login": Case(body=lambda t: {"identifier": t.owner.email, "password": "not the right one"}),
    "post_auth_oidc_provider_second_factor": Case(
        body=fixed(second_factor_token="x", totp_code="000000"), tokens=frozenset({"second_factor_token"})
    ),
    "post_auth_logout": Case(body=fixed(everywhere=True), ends=True),
    "post_auth_reauthenticate": Case(body=fixed(password="not the right one")),
    "post_auth_password_forgot": Case(body=lambda t: {"email": t.owner.email}),
    "post_auth_password_reset": Case(body=fixed(token="x", password=PASSWORD), tokens=frozenset({"token"})),
    "post_auth_password_change": Case(
        body=fixed(current_password="not the right one", new_password=PASSWORD)
    ),
    "post_auth_email_verify": Case(body=fixed(token="x"), tokens=frozenset({"token"})),
    "post_auth_email_resend": Case(body=lambda t: {"email": t.owner.email}),
    "post_auth_email_change": Case(body=lambda _: {"email": _address(), "password": "not the right one"}),
    "post_auth_email_change_confirm": Case(
        body=fixed(challenge_id=str(NOBODYS), code="000000"), tokens=frozenset({"challenge_id", "code"})
    ),
    "post_auth_otp_request": Case(body=lambda _: {"purpose": "login", "target": _address()}),
    "post_auth_otp_verify": Case(
        body=lambda _: {
            "challenge_id": str(NOBODYS),
            "target": _address(),
            "purpose": "login",
            "code": "000000",
        },
        tokens=frozenset({"challenge_id", "code"}),
    ),
    "post_auth_refresh": Case(body=fixed(refresh_token="x"), tokens=frozenset({"refresh_token"})),
    "post_auth_register": Case(body=lambda _: {"email": _address(), "password": PASSWORD}),
    "post_auth_setup": Case(
        body=lambda _: {"token": "x", "email": _address(), "password": PASSWORD}, tokens=frozenset({"token"})
    ),
    "post_auth_verify": Case(body=fixed(token="x"), tokens=frozenset({"token"})),
    "patch_me": Case(body=fixed(first_name="Ada")),
    "post_me_erase": Case(body=fixed(password="not the right one")),
    "delete_me": Case(ends=True),
    "patch_admin_users_user": Case(body=fixed(disabled=False)),
    "post_me_two_factor": Case(body=fixed(password="not the right one")),
    "post_me_two_factor_confirm": Case(body=fixed(code="000000")),
    "post_me_two_factor_recovery_codes": Case(body=fixed(password="not the right one", totp_code="000000")),
    "delete_me_two_factor": Case(body=fixed(password="not the right one", totp_code="000000")),
    "post_me_addresses": Case(body=fixed(name="Ada", lines=["1 High Street"], city="York", country="GB")),
    "patch_me_addresses_address": Case(body=fixed(city="Leeds")),
    "post_stores": Case(body=fixed(name="Another", currency="GBP")),
    "patch_stores_store": Case(body=fixed(name="Renamed")),
    "post_stores_store_ownership": Case(body=lambda t: {"user_id": str(t.owner.user_id)}),
    "patch_stores_store_members_user": Case(body=fixed(role="owner")),
    "post_stores_store_invitations": Case(body=lambda _: {"email": _address(), "role": "analyst"}),
    "post_invitations_accept": Case(body=fixed(token="x"), tokens=frozenset({"token"})),
    "post_stores_store_api_keys": Case(body=fixed(name="Sync", scopes=["products:read"])),
    "patch_stores_store_api_keys_key": Case(body=fixed(name="Renamed")),
    "patch_admin_stores_store": Case(body=fixed(active=False)),
    "post_stores_store_products": Case(body=fixed(**PRODUCT)),
    "patch_stores_store_products_product": Case(body=fixed(title="Renamed")),
    "post_stores_store_offers": Case(
        body=lambda t: {"variant_id": t.ids["variant_id"], "price": "4.00", "quantity": 1}
    ),
    "post_stores_store_categories": Case(body=fixed(name="Mugs")),
    "patch_stores_store_categories_category": Case(body=fixed(name="Renamed")),
    "post_stores_store_attributes": Case(body=fixed(code="weight", name="Weight", kind="number")),
    "patch_stores_store_attributes_attribute": Case(body=fixed(name="Renamed")),
    "post_admin_categories": Case(body=fixed(name="Mugs")),
    "patch_admin_categories_category": Case(body=fixed(name="Renamed")),
    "patch_stores_store_offers_offer": Case(body=fixed(price="4.00")),
    "post_stores_store_offers_offer_stock": Case(body=fixed(adjust=1, reason="found one")),
    "post_stores_store_import_sources": Case(
        body=fixed(
            name="Vendor", kind="url", location="https://vendor.example/a.csv", format="inventory", hour=3
        )
    ),
    "patch_stores_store_import_sources_source": Case(body=fixed(name="Renamed")),
    "post_stores_store_products_bulk_price": Case(body=fixed(set="4.00", filter={})),
    "post_stores_store_products_product_images": Case(file=PICTURE),
    "post_stores_store_products_product_images_fetch": Case(
        body=fixed(url="https://pictures.example/cup.png")
    ),
    "put_stores_store_products_product_images_order": Case(body=lambda t: {"ids": [t.ids["image_id"]]}),
    "patch_stores_store_products_product_images_image": Case(body=fixed(alt="A cup")),
    "post_products_product_reviews": Case(body=fixed(rating=5, comment="Fine")),
    "post_stores_store_reviews": Case(body=fixed(rating=5, comment="Fine")),
    "patch_reviews_review": Case(body=fixed(rating=4)),
    "patch_stores_store_moderation_reviews_review": Case(body=fixed(reply="Thank you")),
    "post_stores_store_products_product_variants": Case(
        body=fixed(options={"Size": "L"}, quantity=1), free=frozenset({"options"})
    ),
    "put_stores_store_products_product_variants_order": Case(body=lambda t: {"ids": [t.ids["variant_id"]]}),
    "patch_stores_store_products_product_variants_variant": Case(
        body=fixed(options={"Size": "M"}), free=frozenset({"options"})
    ),
    "put_stores_store_products_product_options": Case(
        body=fixed(options=[{"name": "Size", "values": ["S", {"value": "M"}]}])
    ),
    "post_stores_store_products_import": Case(query={"format": "shopify"}),
    "post_stores_store_orders_import": Case(query={"format": "shopify"}),
    "post_stores_store_discounts": Case(
        body=lambda t: {
            "title": "Five off",
            "kind": "percent",
            "percent": "5",
            "scope": "products",
            "targets": [t.ids["product_id"]],
        }
    ),
    "patch_stores_store_discounts_discount": Case(body=fixed(title="Renamed")),
    "post_stores_store_shipping_rates": Case(
        body=fixed(name="Van", amount="9.00", places=[{"country": "GB"}])
    ),
    "patch_stores_store_shipping_rates_shipping_rate": Case(body=fixed(name="Renamed")),
    "post_stores_store_tax_rates": Case(body=fixed(name="GST", percent="5", places=[{"country": "CA"}])),
    "patch_stores_store_tax_rates_tax_rate": Case(body=fixed(name="Renamed")),
    "delete_cart": Case(anybody=frozenset({"sales_cart_line"})),  # of goods of the store in their own
    "patch_cart": Case(body=lambda _: {"email": _address()}),
    "post_cart_items": Case(
        body=lambda t: {"variant_id": t.open_ids["variant_id"], "store_id": str(t.store), "quantity": 1},
        anybody=frozenset({"sales_cart_line"}),
    ),
    "patch_cart_items_line": Case(body=fixed(quantity=2)),
    "post_cart_discounts": Case(body=fixed(code="VAULT")),
    "delete_cart_discounts": Case(body=fixed(code="VAULT"), query={"code": "VAULT"}),
    "post_cart_restore": Case(body=fixed(token="x"), tokens=frozenset({"token"})),
    "post_cart_reminders_stop": Case(body=fixed(token="x"), tokens=frozenset({"token"})),
    "post_checkout_quote": Case(
        body=lambda t: {"shipping_address": {"address_id": t.ids["address_id"]}, "shipping": []}
    ),
    "post_checkout": Case(
        body=lambda t: {"shipping_address": {"address_id": t.ids["address_id"]}, "email": _address()}
    ),
    "post_orders_order_cancel": Case(body=fixed(reason="Not mine.")),
    "post_payments": Case(body=lambda t: {"checkout_id": t.ids["checkout_id"]}),
    "post_stores_store_orders_order_mark_paid": Case(body=fixed(note="In cash.")),
    "patch_stores_store_orders_order": Case(body=fixed(staff_note="Call first.")),
    "post_stores_store_orders_order_ship": Case(
        body=fixed(carrier="Post", lines=[{"position": 1, "quantity": 2}])
    ),
    "post_stores_store_orders_order_cancel": Case(body=fixed(reason="No answer.")),
    "post_stores_store_orders_order_returns": Case(body=fixed(lines=[{"position": 1, "quantity": 1}])),
    "post_stores_store_orders_order_refunds": Case(body=fixed(amount="1.00")),
    "post_stores_store_orders": Case(
        body=lambda t: {
            "lines": [{"variant_id": t.open_ids["variant_id"], "quantity": 1}],
            "email": "counter@example.com",
            "shipping_address": {
                "name": "Cora Counter",
                "address1": "1 High Street",
                "city": "York",
                "country": "GB",
            },
        }
    ),
    "patch_stores_store_customers_customer": Case(body=fixed(note="Likes tea.", tags=["regular"])),
    "post_track": Case(
        body=lambda t: {"store_id": str(t.store), "path": "/", "product_id": t.ids["product_id"]},
        anybody=VISITS,
        extra=False,
    ),
}
