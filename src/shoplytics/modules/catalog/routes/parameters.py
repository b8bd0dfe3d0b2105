"""Query parameters that several lists take."""

from typing import Annotated

from litestar.params import Parameter

from shoplytics.kernel.paging import MAX_LIMIT

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
SORTS = "created_at, price, name, popularity or rating; '-' before it for descending."
Sort = Annotated[
    str, Parameter(description=f"{SORTS} By price, products without one are left out, of `total` too.")
]
OwnSort = Annotated[str, Parameter(description=f"{SORTS} By price, products without one come last.")]
Words = Annotated[str | None, Parameter(max_length=200)]
Tags = Annotated[
    list[str] | None, Parameter(max_items=20, description="Repeat it: products with all of them.")
]
Category = Annotated[
    str | None,
    Parameter(
        max_length=1_100, description="An id or a path such as clothing/shirts; with what is under it."
    ),
]
Price = Annotated[str | None, Parameter(max_length=24, description="A decimal amount such as 19.99.")]
Time = Annotated[str | None, Parameter(max_length=40, description="An RFC 3339 time or a date.")]
