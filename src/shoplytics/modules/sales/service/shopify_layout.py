"""Shopify's orders export: its columns in order, and its words.

Layout: https://help.shopify.com/en/manual/fulfillment/managing-orders/exporting-orders
"""

from collections.abc import Mapping

from shoplytics.ports.sales import FinancialStatus, FulfilmentStatus

# No column of Shopify's export, which knows buyers by their address alone; a file may have it all the same.
CUSTOMER_ID = "Customer Id"
REQUIRED = ("Name", "Created at", "Total", "Lineitem quantity", "Lineitem name", "Lineitem price")
ADDRESS_PARTS: Mapping[str, str] = {
    "name": "Name",
    "address1": "Address1",
    "address2": "Address2",
    "company": "Company",
    "city": "City",
    "zip": "Zip",
    "province": "Province",
    "country": "Country",
    "phone": "Phone",
}


def _address(kind: str) -> tuple[str, ...]:
    words = ["Name", "Street", *list(ADDRESS_PARTS.values())[1:]]
    return tuple(f"{kind} {word}" for word in words)


# What an export of ours writes, in Shopify's order; columns of which we keep nothing are left out.
COLUMNS = (
    "Name",
    "Email",
    "Financial Status",
    "Paid at",
    "Fulfillment Status",
    "Fulfilled at",
    "Accepts Marketing",
    "Currency",
    "Subtotal",
    "Shipping",
    "Taxes",
    "Total",
    "Discount Code",
    "Discount Amount",
    "Created at",
    "Lineitem quantity",
    "Lineitem name",
    "Lineitem price",
    "Lineitem sku",
    "Lineitem requires shipping",
    "Lineitem taxable",
    "Lineitem fulfillment status",
    *_address("Billing"),
    *_address("Shipping"),
    "Notes",
    "Cancelled at",
    "Refunded Amount",
    "Id",
    "Tags",
    "Source",
    "Lineitem discount",
    "Phone",
    CUSTOMER_ID,
)
IGNORED = ("Source", "Billing Street", "Shipping Street")
OPTIONAL = tuple(c for c in COLUMNS if c not in REQUIRED and c not in IGNORED)
READ = (*REQUIRED, *OPTIONAL)

# `expired` is an authorization that ran out (Admin API, OrderDisplayFinancialStatus).
FINANCIAL = {status.value: status for status in FinancialStatus} | {"expired": FinancialStatus.VOIDED}

# Beside the export's own words those of the Admin API's OrderDisplayFulfillmentStatus and of line items.
FULFILMENT = (
    {status.value: status for status in FulfilmentStatus}
    | {"partially_fulfilled": FulfilmentStatus.PARTIAL}
    | dict.fromkeys(
        ("pending", "open", "scheduled", "on_hold", "in_progress", "not_eligible"),
        FulfilmentStatus.UNFULFILLED,
    )
)
