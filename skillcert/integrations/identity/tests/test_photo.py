"""Photos as the manual wants them, and what a thief or a careless export sends instead."""

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from skillcert.demo.portraits import draw_absent, draw_portrait
from skillcert.integrations.identity.photo import inspect_photo, red_share


def _saved(image: Image.Image, kind: str = "PNG", **more) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def _portrait(seed: int = 1) -> Image.Image:
    return Image.open(io.BytesIO(draw_portrait(seed)))


def _png_that_claims(width: int, height: int) -> bytes:
    """A PNG whose header tells a size and whose few bytes would inflate to it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10_000)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.rule("R94", "R96", "R99")
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_proper_photo_has_neither_errors_nor_warnings(kind):
    report = inspect_photo(_saved(_portrait(), kind))
    assert (report.format, report.width, report.height, report.faces) == (kind, 295, 413, 1)
    assert (report.errors, report.warnings) == ([], [])
    assert Image.open(io.BytesIO(report.jpeg)).format == "JPEG"


@pytest.mark.rule("R97", "R98")
@pytest.mark.parametrize(
    ("size", "fits"),
    [((295, 413), True), ((270, 378), True), ((320, 449), True), ((260, 364), False), ((330, 462), False),
     ((413, 295), False), ((320, 380), False), ((480, 640), False)],
)  # fmt: skip
def test_small_differences_in_size_are_let_pass(size, fits):
    report = inspect_photo(_saved(_portrait().resize(size)))
    assert report.ok is fits
    if not fits:
        assert report.errors == [
            f"照片为 {size[0]}×{size[1]} 像素，应为 295×413（标准小一寸，允许相差 10%），请裁剪后重新上传"
        ]


@pytest.mark.rule("R95")
def test_more_than_five_megabytes_is_refused():
    report = inspect_photo(b"\xff\xd8" + bytes(5 * 1024 * 1024))
    assert report.errors == ["照片 5.0M，超过 5M，请压缩后重新上传"]


@pytest.mark.rule("R99")
@pytest.mark.parametrize(
    ("color", "warned"),
    [
        ((190, 30, 40), False),
        ((150, 20, 24), False),
        ((240, 245, 250), True),
        ((60, 120, 200), True),
        ((230, 140, 40), True),
    ],
)
def test_another_ground_than_red_is_a_warning(color, warned):
    pixels = np.array(_portrait())
    ground = (np.abs(pixels.astype(int) - pixels[4, 4]) < 40).all(axis=2)
    pixels[ground] = color
    report = inspect_photo(_saved(Image.fromarray(pixels)))
    assert report.ok
    assert any("底色" in warning for warning in report.warnings) is warned


def test_no_face_and_two_faces_are_warnings():
    assert inspect_photo(draw_absent()).warnings == ["照片中没有检测到人脸，请核对是否为本人正面免冠照片"]
    two = Image.new("RGB", (295, 413), (196, 52, 48))
    for place, seed in ((0, 1), (148, 3)):
        two.paste(_portrait(seed).resize((220, 308)).crop((36, 0, 184, 308)), (place, 60))
    report = inspect_photo(_saved(two))
    assert report.faces == 2
    assert "照片中检测到 2 张人脸，请核对是否为本人单人照片" in report.warnings


@pytest.mark.parametrize("size", [(30_000, 30_000), (5_000, 5_000), (65_535, 1)])
def test_an_image_bomb_is_refused_by_its_header(size):
    data = _png_that_claims(*size)
    tracemalloc.start()
    report = inspect_photo(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not report.ok
    assert "请裁剪后重新上传" in report.errors[0]
    assert peak < 2_000_000


@pytest.mark.parametrize(
    "data",
    [b"", b"MZ\x90\x00", b"<svg xmlns='http://www.w3.org/2000/svg'/>", _png_that_claims(295, 413),
     draw_portrait(1)[:4000], _saved(Image.new("RGB", (295, 413)), "GIF"), _saved(Image.new("L", (295, 413)), "TIFF")],
)  # fmt: skip
def test_what_is_no_jpeg_or_png_inside_is_refused(data):
    report = inspect_photo(data)
    assert report.errors == ["文件不是可读取的 jpg、png 图片（按内容判断，与扩展名无关），请重新导出照片后上传"]
    assert report.jpeg is None


def test_metadata_and_what_hangs_behind_are_gone():
    exif = Image.Exif()
    exif[0x010E] = "SECRET DESCRIPTION"
    exif.get_ifd(0x8825)[1] = "N"
    data = _saved(_portrait(), "JPEG", exif=exif, comment=b"SECRET COMMENT") + b"PK\x03\x04 SECRET ZIP"
    report = inspect_photo(data)
    assert report.ok
    assert b"SECRET" not in report.jpeg
    assert dict(Image.open(io.BytesIO(report.jpeg)).getexif()) == {}


def test_a_photo_lying_on_its_side_is_turned_by_its_exif():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = _saved(_portrait().rotate(90, expand=True), "JPEG", exif=exif)
    report = inspect_photo(data)
    assert (report.width, report.height, report.faces) == (295, 413, 1)
    assert Image.open(io.BytesIO(report.jpeg)).size == (295, 413)


def test_transparency_becomes_white_not_black():
    image = _portrait().convert("RGBA")
    image.putalpha(0)
    report = inspect_photo(_saved(image), look_for_face=False)
    assert red_share(Image.open(io.BytesIO(report.jpeg))) == 0
    assert Image.open(io.BytesIO(report.jpeg)).getpixel((10, 10)) == (255, 255, 255)
