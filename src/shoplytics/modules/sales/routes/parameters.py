"""Query parameters that several lists take."""

from typing import Annotated

from litestar.params import Parameter

from shoplytics.kernel.paging import MAX_LIMIT

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
Words = Annotated[str | None, Parameter(min_length=1, max_length=100)]
PersonWords = Annotated[str | None, Parameter(max_length=100, description="Part of a name or an e-mail.")]
Age = Annotated[str, Parameter(description="-created_at or created_at.")]


def words_of(q: str | None) -> str | None:
    """A search for nothing is none, as when `q` is not given: a page's empty field sends it so."""
    return q if q is not None and q.strip() else None
