"""Bodies about images."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

MAX_IMAGES = 50
Alt = Annotated[str, Meta(max_length=500)]


class ImageSource(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A public http or https address of a picture."""

    url: Annotated[str, Meta(min_length=1, max_length=2048)]
    alt: Alt = ""


class ImagePatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    alt: Alt | UnsetType = UNSET


class ImageOrder(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Every image of the gallery once; lists show the first that is ready."""

    ids: Annotated[list[UUID], Meta(max_length=10 * MAX_IMAGES)]
