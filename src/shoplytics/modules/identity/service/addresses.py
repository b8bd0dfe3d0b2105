"""The address book: a user's own, with one default per purpose."""

from uuid import UUID

from msgspec import UNSET

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.paging import Page, decode_id_cursor, encode_cursor, page_of
from shoplytics.modules.identity.domain.addresses import (
    MOST_ADDRESSES,
    Address,
    TooManyAddresses,
    checked_country,
    needed,
    needed_lines,
)
from shoplytics.modules.identity.domain.identifiers import normal_phone, plain_name
from shoplytics.modules.identity.ports.addresses import AddressRepository
from shoplytics.modules.identity.schemas import AddressChange, NewAddress
from shoplytics.modules.identity.service.checks import Checks
from shoplytics.ports.identity import AddressView

CURSOR = "addresses"


def view_of(address: Address) -> AddressView:
    return AddressView(**{name: getattr(address, name) for name in AddressView.__struct_fields__})


class AddressService:
    """Within one unit of work. Changes of one book queue, so two new defaults never meet."""

    def __init__(self, *, addresses: AddressRepository, clock: Clock) -> None:
        self._addresses = addresses
        self._clock = clock

    async def page(
        self, *, user_id: UUID, cursor: str | None, limit: int, total: bool = False
    ) -> Page[AddressView]:
        """Newest first."""
        before = decode_id_cursor(cursor, sort=CURSOR)
        found = await self._addresses.page(user_id=user_id, before=before, limit=limit + 1)
        page = page_of([view_of(one) for one in found], limit, lambda view: encode_cursor(CURSOR, view.id))
        page.total = await self._addresses.count(user_id) if total else UNSET
        return page

    async def address(self, *, user_id: UUID, address_id: UUID) -> AddressView:
        """See ports/identity."""
        return view_of(await self._addresses.get(user_id=user_id, address_id=address_id))

    async def add(self, *, user_id: UUID, form: NewAddress) -> AddressView:
        """Raises Invalid, TooManyAddresses."""
        now = self._clock()
        address = Address(
            user_id=user_id,
            name=form.name,
            lines=form.lines,
            city=form.city,
            country=form.country,
            company=form.company,
            region=form.region,
            postal_code=form.postal_code,
            phone=form.phone,
            default_shipping=form.default_shipping,
            default_billing=form.default_billing,
            created_at=now,
            updated_at=now,
        )
        _settle(address)
        if await self._addresses.lock(user_id) >= MOST_ADDRESSES:
            raise TooManyAddresses
        await self._addresses.add(address)
        return view_of(address)

    async def change(
        self, *, user_id: UUID, address_id: UUID, change: AddressChange, if_match: int | None
    ) -> AddressView:
        """Raises NotFound, Stale, Invalid. What changes nothing leaves the version as it is."""
        await self._addresses.lock(user_id)
        address = await self._addresses.get(user_id=user_id, address_id=address_id)
        address.expect(if_match)
        before = view_of(address)
        for name in AddressChange.__struct_fields__:
            value = getattr(change, name)
            if value is not UNSET:
                setattr(address, name, value)
        _settle(address)
        if view_of(address) == before:
            return before
        address.updated_at = self._clock()
        await self._addresses.save(address)
        return view_of(address)

    async def remove(self, *, user_id: UUID, address_id: UUID) -> None:
        """Raises NotFound."""
        await self._addresses.lock(user_id)
        await self._addresses.remove(user_id=user_id, address_id=address_id, now=self._clock())

    async def restore(self, *, user_id: UUID, address_id: UUID) -> AddressView:
        """As no default any more. Raises NotFound, TooManyAddresses."""
        if await self._addresses.lock(user_id) >= MOST_ADDRESSES:
            raise TooManyAddresses
        return view_of(
            await self._addresses.restore(user_id=user_id, address_id=address_id, now=self._clock())
        )


def _settle(address: Address) -> None:
    """Bring every field to its normal form. Raises Invalid with all that have none."""
    checks = Checks()
    address.name = checks.take(lambda text: needed(text, "/name"), address.name) or ""
    address.city = checks.take(lambda text: needed(text, "/city"), address.city) or ""
    address.country = checks.take(checked_country, address.country) or ""
    address.lines = checks.take(needed_lines, address.lines) or []
    address.phone = checks.take(normal_phone, address.phone) if address.phone else None
    address.company, address.region = plain_name(address.company), plain_name(address.region)
    address.postal_code = plain_name(address.postal_code).upper()
    checks.settle()
