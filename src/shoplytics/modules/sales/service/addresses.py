"""Where a parcel or a bill goes, from what a body says."""

from uuid import UUID

import msgspec
from msgspec import UnsetType

from shoplytics.kernel.countries import COUNTRIES
from shoplytics.kernel.errors import FieldError, Invalid, NotFound, invalid_field
from shoplytics.modules.sales.schemas import AddressForm
from shoplytics.ports.identity import AddressBook, AddressView
from shoplytics.ports.sales import DeliveryAddress

NEEDED = ("name", "address1", "city", "country")


async def delivery_address(
    form: AddressForm, *, pointer: str, user_id: UUID | None, book: AddressBook
) -> DeliveryAddress:
    """Raises Invalid with pointers below `pointer`; another's address is as unknown as one that never was."""
    if isinstance(form.address_id, UnsetType):
        return _written(form, pointer)
    where = f"{pointer}/address_id"
    if form != AddressForm(address_id=form.address_id):
        raise invalid_field(where, "not_alone", "Give an address, or the id of one.")
    unknown = invalid_field(where, "unknown_address", "Your book has no such address.")
    if user_id is None:
        raise unknown
    try:
        return _of_book(await book.address(user_id=user_id, address_id=form.address_id))
    except NotFound:
        raise unknown from None


def _written(form: AddressForm, pointer: str) -> DeliveryAddress:
    said = {name: str(getattr(form, name)).strip() for name in DeliveryAddress.__struct_fields__}
    said["country"] = said["country"].upper()
    errors = [
        FieldError(f"{pointer}/{name}", "required", "This field is required.")
        for name in NEEDED
        if not said[name]
    ]
    if said["country"] and said["country"] not in COUNTRIES:
        message = "Give a country of ISO 3166-1 by its two letters, such as NG."
        errors.append(FieldError(f"{pointer}/country", "unknown_country", message))
    if errors:
        raise Invalid(errors=errors)
    return msgspec.convert(said, DeliveryAddress)


def _of_book(view: AddressView) -> DeliveryAddress:
    first, *rest = view.lines
    return DeliveryAddress(
        name=view.name,
        address1=first,
        city=view.city,
        country=view.country,
        company=view.company,
        address2=", ".join(rest),
        province=view.region,
        zip=view.postal_code,
        phone=view.phone or "",
    )
