"""Query parameters that several lists take."""

from typing import Annotated

from litestar.params import Parameter

from shoplytics.kernel.paging import MAX_LIMIT

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
SORTS = (
    "created_at, price, name, popularity or rating; '-' before it for descending. With `q` also -relevance,"
    " which is its default: how often and how near to each other the words stand, in the title above all, and"
    " of equals the more popular. Otherwise the default is -created_at."
)
Sort = Annotated[
    str | None, Parameter(description=f"{SORTS} By price, products without one are left out, of `total` too.")
]
OwnSort = Annotated[str | None, Parameter(description=f"{SORTS} By price, products without one come last.")]
Query = Annotated[
    str | None,
    Parameter(
        max_length=200,
        description="All words, in any form; the last may be only begun. Quotes keep words together, `or` and"
        " `-` do what they do elsewhere. Misspelt words are not found.",
    ),
]
Words = Annotated[str | None, Parameter(max_length=200)]
Tags = Annotated[
    list[str] | None, Parameter(max_items=20, description="Repeat it: products with all of them.")
]
AnyOf = Annotated[
    list[str] | None, Parameter(max_items=20, description="Exactly as written. Repeat it for alternatives.")
]
REPEATABLE = ("tag", "attribute", "vendor", "product_type")
Category = Annotated[
    str | None,
    Parameter(
        max_length=1_100, description="An id or a path such as clothing/shirts; with what is under it."
    ),
]
Attributes = Annotated[
    list[str] | None,
    Parameter(
        max_items=20,
        description="`code:value`, or `code:low..high` for numbers and dates (either may be left out). Repeat"
        " it: values of one code are alternatives, and every code has to fit.",
    ),
]
Price = Annotated[str | None, Parameter(max_length=24, description="A decimal amount such as 19.99.")]
Time = Annotated[str | None, Parameter(max_length=40, description="An RFC 3339 time or a date.")]
Quantity = Annotated[int | None, Parameter(ge=0, le=10**12)]
FacetsToo = Annotated[
    bool,
    Parameter(
        description="Also count what the list could be narrowed by. Each facet leaves its own filter out;"
        " tags keep theirs."
    ),
]
