"""The two demo shops: what they are like, in numbers one can argue about."""

import msgspec

from shoplytics.seed.goods import Good, read_goods
from shoplytics.seed.people import BRITISH, NIGERIAN, Names
from shoplytics.seed.ranges import CUPBOARD, FASHION, HOMEWARE, Neighbour, Range, Shopfront
from shoplytics.seed.season import Peak, Season


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where visits come from: a host, or the utm values of a link. `buys` is against the average."""

    weight: float
    buys: float
    referrer: str | None = None
    utm: tuple[str, str, str] | None = None


class Shop(Shopfront, frozen=True, kw_only=True):
    """Amounts are minor units; `tax` and shares are fractions; `conversion` is the share of sessions that
    end in an order, `offline` that of orders that had none (telephone, market stalls).
    """

    prefix: str
    goods: tuple[Good, ...]
    shelves: Range
    neighbour: Neighbour | None = None
    names: Names
    season: Season
    sources: tuple[Source, ...]
    mobile: float
    orders_a_year: int
    conversion: float
    offline: float
    guests: float
    returning: float
    lines: float
    refunds: float
    cancelled: float
    tax: float
    shipping: int
    free_shipping_from: int
    first_number: int


HEARTH = Shop(
    name="Hearth & Linen",
    slug="hearth-and-linen",
    description="Stoneware, linen and light for slow kitchens and warm rooms.",
    currency="GBP",
    timezone="Europe/London",
    prefix="HL",
    goods=read_goods("homeware"),
    shelves=HOMEWARE,
    neighbour=CUPBOARD,
    names=BRITISH,
    season=Season(
        months=(0.8, 0.78, 0.85, 0.88, 0.9, 0.85, 0.82, 0.84, 0.95, 1.1, 1.4, 1.9),
        weekdays=(1.04, 0.97, 0.95, 0.98, 0.94, 0.9, 1.22),
        hours=(4, 2, 1, 1, 1, 2, 8, 18, 28, 36, 42, 44, 48, 44, 38, 38, 40, 44, 48, 62, 74, 70, 44, 16),
        peaks=(
            Peak(month=11, day=27, width=2.5, height=1.1),
            Peak(month=12, day=12, width=6, height=0.9),
            Peak(month=12, day=25, width=1.6, height=-0.6),
            Peak(month=3, day=20, width=5, height=0.25),
        ),
        growth=1.3,
    ),
    sources=(
        Source(weight=34, buys=1.1, referrer="www.google.com"),
        Source(weight=24, buys=1.25),
        Source(weight=13, buys=0.6, referrer="www.instagram.com"),
        Source(weight=10, buys=0.7, referrer="uk.pinterest.com"),
        Source(weight=8, buys=2.2, utm=("newsletter", "email", "weekly")),
        Source(weight=6, buys=0.7, referrer="www.facebook.com", utm=("facebook", "paid", "tables")),
        Source(weight=5, buys=1.0, referrer="www.bing.com"),
    ),
    mobile=0.6,
    orders_a_year=6400,
    conversion=0.038,
    offline=0.4,
    guests=0.06,
    returning=0.38,
    lines=2.2,
    refunds=0.05,
    cancelled=0.012,
    tax=0.0,
    shipping=395,
    free_shipping_from=5000,
    first_number=4101,
)

KOLA = Shop(
    name="Kola Threads",
    slug="kola-threads",
    description="Ankara, adire and aso-oke, cut in Lagos.",
    currency="NGN",
    timezone="Africa/Lagos",
    prefix="KT",
    goods=read_goods("fashion"),
    shelves=FASHION,
    names=NIGERIAN,
    season=Season(
        months=(0.7, 0.85, 0.95, 1.05, 0.95, 0.9, 0.9, 1.0, 0.95, 1.0, 1.3, 2.1),
        weekdays=(0.95, 0.92, 0.95, 1.0, 1.2, 1.18, 0.8),
        hours=(6, 3, 2, 1, 2, 4, 12, 24, 32, 38, 42, 44, 48, 46, 42, 40, 42, 46, 50, 58, 66, 60, 38, 16),
        peaks=(
            Peak(month=11, day=28, width=2, height=0.8),
            Peak(month=12, day=15, width=6, height=0.8),
            Peak(month=12, day=26, width=2, height=-0.5),
            Peak(month=4, day=3, width=5, height=0.35),
        ),
        growth=1.7,
    ),
    sources=(
        Source(weight=38, buys=0.9, referrer="www.instagram.com"),
        Source(weight=22, buys=1.3),
        Source(weight=16, buys=1.0, referrer="www.google.com"),
        Source(weight=12, buys=0.5, referrer="www.tiktok.com"),
        Source(weight=7, buys=0.9, referrer="www.facebook.com", utm=("facebook", "paid-social", "owambe")),
        Source(weight=5, buys=2.0, utm=("newsletter", "email", "weekly")),
    ),
    mobile=0.83,
    orders_a_year=2400,
    conversion=0.034,
    offline=0.45,
    guests=0.1,
    returning=0.33,
    lines=1.7,
    refunds=0.09,
    cancelled=0.02,
    tax=0.075,
    shipping=350_000,
    free_shipping_from=6_000_000,
    first_number=1001,
)

SHOPS = (HEARTH, KOLA)
