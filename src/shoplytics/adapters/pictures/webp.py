"""Any picture made a small plain WebP. The only place that decodes what strangers send; for a thread."""

import struct
import warnings
import zlib
from collections.abc import Sequence
from io import BytesIO
from threading import Lock
from typing import NamedTuple

from PIL import Image

from shoplytics.ports.pictures import MAX_PIXELS, OversizedPicture, UndecodablePicture

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
QUALITY = 85
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
DEEP = 1 / 256  # from 16 bits a channel to 8
# What Pillow's readers raise for damaged files of these formats.
DAMAGED = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)

_turn = Lock()  # a decoded picture may take 160 MB: one at a time in a process
# We say it ourselves.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow refuses twice as many by itself, in frames too


class Webp(NamedTuple):
    content: bytes
    width: int
    height: int


def webps_of(content: bytes, *, sides: Sequence[int]) -> list[Webp]:
    """The first frame, upright, without metadata, for each of `sides`: no side longer, and never enlarged.

    Raises UndecodablePicture, OversizedPicture.
    """
    try:
        with _turn, Image.open(BytesIO(content), formats=FORMATS) as image:
            _measure(image)
            turn = TURNS.get(_orientation(image))
            large = _shrunk(image, max(sides))
    except Image.DecompressionBombError:
        raise OversizedPicture from None
    except DAMAGED as error:
        raise UndecodablePicture from error
    if turn is not None:
        large = large.transpose(turn)
    large.info = {}  # comments, colour profile and whatever else came along
    return [_encoded(large, side) for side in sides]


def _encoded(large: Image.Image, side: int) -> Webp:
    small = large.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    out = BytesIO()
    small.save(out, "WEBP", quality=QUALITY)
    return Webp(out.getvalue(), small.width, small.height)


def _measure(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise OversizedPicture


def _orientation(image: Image.Image) -> int:
    """As the camera was held; 1 when that cannot be read."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except DAMAGED:
        return 1


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    if image.format == "JPEG":
        image.draft("RGB", (side * 2, side * 2))  # decodes a large photo at a fraction of its size
    image.load()
    _measure(image)  # a GIF's frame may be larger than the picture says
    plain = _eight_bits(image)
    plain.thumbnail((side, side), Image.Resampling.LANCZOS)
    return plain


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value * DEEP).convert("L").convert("RGB")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")
