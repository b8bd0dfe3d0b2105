"""What becomes of the pictures people send, and of what only claims to be one."""

import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from tests.pictures import chunks_of, picture

from shoplytics.adapters.files import FilesConfig, FileStore
from shoplytics.adapters.pictures import StoredPictures
from shoplytics.adapters.pictures.webp import webps_of
from shoplytics.kernel.errors import Forbidden, Invalid, Unavailable
from shoplytics.ports.jobs import JobCancelled
from shoplytics.ports.pictures import LostUpload, OversizedPicture, UndecodablePicture, UnsupportedPicture

GPS = 0x8825
ORIENTATION = 0x0112
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def webp_of(content: bytes, *, side: int) -> bytes:
    (made,) = webps_of(content, sides=[side])
    return made.content


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    assert image.format == "WEBP"
    image.load()
    return image


def rotated() -> bytes:
    """Upright it is 100 wide and 200 high, red above and blue below; the camera lay on its side."""
    image = Image.new("RGB", (200, 100), "red")
    image.paste("blue", (0, 0, 100, 100))
    exif = Image.Exif()
    exif[ORIENTATION] = 8
    exif.get_ifd(GPS)[1] = "N"
    exif[0x010E] = "at home"
    out = BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"secret words", icc_profile=b"profile")
    return out.getvalue()


def near(found: object, wanted: tuple[int, ...]) -> bool:
    assert isinstance(found, tuple)
    return all(abs(a - b) < 12 for a, b in zip(found, wanted, strict=True))


class TestRendering:
    def test_turns_it_upright_and_drops_what_it_tells(self) -> None:
        sent = rotated()
        assert b"at home" in sent
        made = webp_of(sent, side=256)
        image = opened(made)
        assert image.size == (100, 200)
        assert near(image.getpixel((50, 20)), (254, 0, 0))
        assert near(image.getpixel((50, 180)), (0, 0, 254))
        assert not image.getexif()
        assert not {"exif", "icc_profile", "xmp", "comment"} & set(image.info)
        assert b"at home" not in made
        assert b"secret words" not in made

    @pytest.mark.parametrize(
        ("size", "small"), [((600, 300), (256, 128)), ((300, 3000), (26, 256)), ((40, 30), (40, 30))]
    )
    @pytest.mark.parametrize("format_", ["PNG", "JPEG", "WEBP", "GIF"])
    def test_makes_it_smaller_but_never_larger(
        self, format_: str, size: tuple[int, int], small: tuple[int, int]
    ) -> None:
        image = opened(webp_of(picture(format_, size), side=256))
        assert image.size == small
        assert near(image.convert("RGB").getpixel((5, 5)), (254, 0, 0))

    def test_takes_the_first_frame_of_an_animation(self) -> None:
        out = BytesIO()
        frames = [Image.new("RGB", (50, 50), colour) for colour in ("green", "red", "blue")]
        frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100)
        image = opened(webp_of(out.getvalue(), side=256))
        assert getattr(image, "n_frames", 1) == 1
        assert near(image.convert("RGB").getpixel((5, 5)), (0, 128, 0))

    def test_keeps_what_is_clear_in_a_palette(self) -> None:
        image = Image.new("P", (20, 20), 0)
        image.putpalette([255, 0, 0, 0, 255, 0])
        image.paste(1, (0, 0, 10, 20))
        out = BytesIO()
        image.save(out, "PNG", transparency=1)
        made = opened(webp_of(out.getvalue(), side=256))
        assert made.mode == "RGBA"
        clear, solid = made.getpixel((4, 10)), made.getpixel((15, 10))
        assert isinstance(clear, tuple)
        assert isinstance(solid, tuple)
        assert (clear[3], solid[3]) == (0, 255)
        assert near(solid[:3], (254, 0, 0))

    def test_reads_sixteen_bits_and_four_inks(self) -> None:
        out = BytesIO()
        Image.new("I;16", (20, 20), 128 * 256).save(out, "PNG")
        grey = opened(webp_of(out.getvalue(), side=256)).convert("RGB")
        assert near(grey.getpixel((5, 5)), (128, 128, 128))
        inks = BytesIO()
        Image.new("CMYK", (20, 20), (0, 255, 255, 0)).save(inks, "JPEG")
        assert near(opened(webp_of(inks.getvalue(), side=256)).convert("RGB").getpixel((5, 5)), (254, 0, 0))

    @pytest.mark.parametrize("format_", ["PNG", "JPEG", "WEBP", "GIF"])
    def test_refuses_a_damaged_file(self, format_: str) -> None:
        whole = BytesIO()
        Image.effect_noise((300, 300), 80).save(whole, format_)
        for cut in (20, len(whole.getvalue()) // 2):
            with pytest.raises(UndecodablePicture):
                webp_of(whole.getvalue()[:cut], side=256)

    @pytest.mark.parametrize("size", [(40_000, 1_001), (20_000, 20_000)])
    def test_refuses_a_bomb_unopened(self, size: tuple[int, int]) -> None:
        small = picture("PNG", (8, 8))
        header = b"IHDR" + size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big") + small[24:29]
        bomb = small[:12] + header + zlib.crc32(header).to_bytes(4, "big") + small[33:]
        with pytest.raises(OversizedPicture):
            webp_of(bomb, side=256)

    def test_refuses_a_frame_larger_than_its_picture(self) -> None:
        whole = BytesIO()
        Image.new("P", (8, 8)).save(whole, "GIF")
        content = bytearray(whole.getvalue())
        frame = content.index(b"\x2c\0\0\0\0\x08\0\x08\0")
        content[frame + 5 : frame + 9] = (9_000).to_bytes(2, "little") * 2
        with pytest.raises(OversizedPicture):
            webp_of(bytes(content), side=256)

    def test_opens_no_other_format(self) -> None:
        with pytest.raises(UndecodablePicture):
            webp_of(picture("BMP", (8, 8)), side=256)


@pytest.fixture
def pictures(tmp_path: Path) -> StoredPictures:
    return StoredPictures(FileStore(FilesConfig(folder=str(tmp_path))), base="https://cdn.example/pictures/")


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


class TestKeeping:
    @pytest.mark.parametrize(
        "content",
        [b"", b"\x89PNG", b"<html><img src=x onerror=alert(1)>", SVG, b"RIFF\0\0\0\0WAVEfmt ", b"BM" * 20],
    )
    async def test_refuses_what_does_not_begin_like_a_picture(
        self, pictures: StoredPictures, tmp_path: Path, content: bytes
    ) -> None:
        with pytest.raises(UnsupportedPicture):
            await pictures.keep(chunks_of(content), folder="avatars")
        assert files(tmp_path) == []

    async def test_shows_it_under_a_key_of_its_own(self, pictures: StoredPictures, tmp_path: Path) -> None:
        keys = []
        for _ in range(2):
            upload = await pictures.keep(chunks_of(picture()), folder="avatars")
            async with pictures.rendered(upload, side=64) as key:
                assert upload in files(tmp_path)
                keys.append(key)
        assert files(tmp_path) == sorted(set(keys))
        assert len(set(keys)) == 2
        assert pictures.url("media/avatars/a.webp") == "https://cdn.example/pictures/avatars/a.webp"

    @pytest.mark.parametrize("refusal", [Forbidden(), JobCancelled()])
    async def test_leaves_nothing_of_a_refused_one(
        self, pictures: StoredPictures, tmp_path: Path, refusal: Exception
    ) -> None:
        upload = await pictures.keep(chunks_of(picture()), folder="avatars")
        with pytest.raises(type(refusal)):
            async with pictures.rendered(upload, side=64):
                raise refusal
        assert files(tmp_path) == []

    async def test_keeps_the_upload_for_another_try(self, pictures: StoredPictures, tmp_path: Path) -> None:
        upload = await pictures.keep(chunks_of(picture()), folder="avatars")
        with pytest.raises(Unavailable):
            async with pictures.rendered(upload, side=64):
                raise Unavailable
        async with pictures.rendered(upload, side=64) as key:
            pass
        assert files(tmp_path) == [key]

    async def test_says_that_an_upload_is_gone(self, pictures: StoredPictures) -> None:
        with pytest.raises(LostUpload):
            async with pictures.rendered("uploads/avatars/none", side=64):
                pass

    async def test_removes_pictures_only(self, pictures: StoredPictures) -> None:
        with pytest.raises(Invalid):
            await pictures.remove("imports/a/b")
