"""Is an uploaded file a photo as the manual wants it (R94-R99)?

The format is told by the content, never by the name. The size is read from the header and checked before a pixel is
decoded, so that a PNG of 30,000 x 30,000 costs nothing. What is kept is a JPEG encoded anew: no EXIF, no position,
no second file hidden behind the picture.

Errors refuse the file. A background that is not red and a face that is not found (or not alone) are
warnings: R98 and R99 leave room, and the detector may miss a real face, which the comparison then sends to 需人工确认.
"""

import io
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

WIDTH, HEIGHT = 295, 413  # R96
TOLERANCE = 0.10  # of each side (R98) [assumption]
ASPECT_TOLERANCE = 0.05  # R98 [assumption]
MOST_BYTES = 5 * 1024 * 1024  # R95
RED_SHARE = 0.92  # of the ground, tuned on synthetic pictures [assumption]
ORIENTATION = 0x0112  # EXIF tag; 5 to 8 lie on their side


@dataclass
class PhotoReport:
    """What was found; `jpeg` is the cleaned photo, None when there are errors."""

    format: str = ""
    width: int = 0
    height: int = 0
    faces: int | None = None
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    jpeg: bytes | None = None

    @property
    def ok(self) -> bool:
        """The photo may be kept."""
        return not self.errors


def inspect_photo(data: bytes, *, look_for_face: bool = True) -> PhotoReport:
    """Check one uploaded photo (R94-R99) and clean it."""
    report = PhotoReport()
    if len(data) > MOST_BYTES:
        report.errors.append(f"照片 {len(data) / 1024 / 1024:.1f}M，超过 5M，请压缩后重新上传")
        return report
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            _read_header(image, report)
            if report.errors:
                return report
            rgb = _decode(image)
    except Image.DecompressionBombError:
        report.errors.append(f"照片像素过大，应为 {WIDTH}×{HEIGHT}，请裁剪后重新上传")
    except (OSError, SyntaxError, ValueError, EOFError):
        report.errors.append("文件不是可读取的 jpg、png 图片（按内容判断，与扩展名无关），请重新导出照片后上传")
    else:
        _look(rgb, report, look_for_face)
        report.jpeg = _encode(rgb)
    return report


def _read_header(image: Image.Image, report: PhotoReport) -> None:
    report.format = image.format or ""
    width, height = image.size
    # An EXIF block is read only when the picture is small enough to be one of ours at all.
    if max(width, height) <= HEIGHT * (1 + TOLERANCE) and image.getexif().get(ORIENTATION, 1) >= 5:
        width, height = height, width
    report.width, report.height = width, height
    near = abs(width / WIDTH - 1) <= TOLERANCE and abs(height / HEIGHT - 1) <= TOLERANCE
    if not near or abs(width / height / (WIDTH / HEIGHT) - 1) > ASPECT_TOLERANCE:
        report.errors.append(
            f"照片为 {width}×{height} 像素，应为 {WIDTH}×{HEIGHT}（标准小一寸，允许相差 10%），请裁剪后重新上传"
        )


def _decode(image: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(image)
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        layered = upright.convert("RGBA")
        ground = Image.new("RGB", layered.size, "white")
        ground.paste(layered, mask=layered.getchannel("A"))
        return ground
    return upright.convert("RGB")


def _look(rgb: Image.Image, report: PhotoReport, look_for_face: bool) -> None:
    if red_share(rgb) < RED_SHARE:
        report.warnings.append("照片底色不是红色，请核对是否为标准小一寸红底照片")
    if not look_for_face:
        return
    from skillcert.integrations.identity.faces import count_faces

    report.faces = count_faces(pixels_of(rgb))
    if report.faces == 0:
        report.warnings.append("照片中没有检测到人脸，请核对是否为本人正面免冠照片")
    elif report.faces > 1:
        report.warnings.append(f"照片中检测到 {report.faces} 张人脸，请核对是否为本人单人照片")


def red_share(rgb: Image.Image) -> float:
    """The share of red among the pixels of the ground: the top 6 % and the upper half of both side strips of 8 %."""
    hue, saturation, value = (np.asarray(band) for band in rgb.convert("HSV").split())
    red = ((hue <= 10) | (hue >= 245)) & (saturation >= 110) & (value >= 90)
    high, wide = red.shape
    top, strip = max(1, high * 6 // 100), max(1, wide * 8 // 100)
    parts = (red[:top], red[top : high // 2, :strip], red[top : high // 2, -strip:])
    return float(sum(part.sum() for part in parts) / sum(part.size for part in parts))


def pixels_of(rgb: Image.Image) -> NDArray[np.uint8]:
    """The picture as an array (height, width, 3) of its own memory, as dlib wants it."""
    return np.array(rgb, dtype=np.uint8)


def _encode(rgb: Image.Image) -> bytes:
    file = io.BytesIO()
    rgb.info.clear()
    rgb.save(file, "JPEG", quality=90, dpi=(300, 300), exif=b"", icc_profile=None)
    return file.getvalue()
