"""What the catalogue has to say to those who work in a store."""

from datetime import datetime
from typing import ClassVar

from shoplytics.kernel.letters import Letter
from shoplytics.kernel.preferences import MailKind


class ImportReportLetter(Letter, frozen=True, kw_only=True):
    """What a nightly import changed; `prices` and `stocks` name the largest changes, a line each."""

    template: ClassVar[str] = "import_report"
    kind: ClassVar[MailKind] = MailKind.REPORTS

    store: str
    source: str
    file: str
    when: datetime
    created: int
    updated: int
    unchanged: int
    rejected: int
    duplicates: int
    price_changes: int
    stock_changes: int
    prices: tuple[str, ...]
    stocks: tuple[str, ...]
    changes_link: str
    errors_link: str


class ImportFailedLetter(Letter, frozen=True, kw_only=True):
    """A nightly import came to nothing; sent once a day at most."""

    template: ClassVar[str] = "import_failed"
    kind: ClassVar[MailKind] = MailKind.REPORTS

    store: str
    source: str
    file: str
    when: datetime
    reason: str


class LowStockLetter(Letter, frozen=True, kw_only=True):
    """`offers` are named with what is left of each, a line each; `more` counts those that are not."""

    template: ClassVar[str] = "low_stock"
    kind: ClassVar[MailKind] = MailKind.LOW_STOCK

    store: str
    offers: tuple[str, ...]
    more: int
    link: str
