"""The seal is looked at in a picture of ten pixels a millimetre."""

import hashlib
import io
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from skillcert.kit.documents import (
    SEAL_BOX,
    SIGNATURE_BOX,
    MissingGlyph,
    drawing_pdf,
    seal_pdf,
    seal_svg,
    signature_stamp_pdf,
    signature_stamp_svg,
)
from skillcert.kit.documents.seal import name_placement
from skillcert.kit.documents.typeset import PACKAGE, _compile

NAMES = ["云州学院", "北辰数字职业教育评价中心", "云岭省边疆地区职业技能鉴定指导与培训评价服务中心（有限公司）"]
CODE = "1101080012346"


def ink(svg: str, width: float, height: float) -> np.ndarray:
    """Where the drawing has ink: rows x columns."""
    data = {"svg": svg, "width": width, "height": height}
    png = _compile(PACKAGE / "kit/documents/drawing.typ", data, format="png", ppi=254)[0]
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))[..., 3] > 60


def polar(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Millimetres from the middle, and degrees from the top, 0 to 180 on both sides."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
    x, y = (x + 0.5) / 10 - 21.5, (y + 0.5) / 10 - 21.5
    return np.hypot(x, y), np.degrees(np.abs(np.arctan2(x, -y)))


@pytest.mark.parametrize("name", NAMES)
def test_name_ring_and_star_keep_their_places(name: str) -> None:
    drawn = ink(seal_svg(name, CODE), 43, 43)
    radius, angle = polar(drawn.shape)
    assert drawn[(radius > 19.95) & (radius < 20.85)].all(), "the ring is whole"
    assert not drawn[radius > 21.1].any(), "nothing outside the ring"
    assert not drawn[(radius > 19.45) & (radius < 19.7)].any(), "name and code clear the ring"
    assert not drawn[(radius > 7.6) & (radius < 11.5) & (angle < 120)].any(), "the star stands free of the name"
    assert drawn[radius < 2.4].all(), "the star fills the middle"
    assert not drawn[(radius > 14.5) & (radius < 19.7) & (angle > 131) & (angle < 140)].any(), (
        "the name ends before the foot"
    )


@pytest.mark.parametrize("count", range(2, 41))
def test_long_names_become_narrow_and_stay_on_their_arc(count: int) -> None:
    middle, height, width, pitch = name_placement(count)
    assert pitch * (count - 1) <= 240 + 1e-9
    assert height >= 4.3
    assert width <= 0.84 * height + 1e-9
    # At half their height the characters stand apart.
    assert width <= 2 * middle * np.sin(np.radians(pitch) / 2)


def test_the_seal_is_drawn_not_written() -> None:
    svg = seal_svg(NAMES[1], CODE)
    assert "<text" not in svg
    assert NAMES[1] not in svg
    assert b"/Font" not in seal_pdf(NAMES[1], CODE)


def test_another_name_gives_another_seal() -> None:
    assert seal_svg(NAMES[1], CODE) != seal_svg(NAMES[1].replace("北", "南"), CODE)
    assert seal_svg(NAMES[1], CODE) != seal_svg(NAMES[1], CODE[:-1] + "7")


def test_a_name_that_cannot_be_drawn_is_refused() -> None:
    for draw in (seal_svg, signature_stamp_svg):
        with pytest.raises(MissingGlyph, match="字库缺字「𢀖」"):
            draw("王𢀖")


def test_both_appearances_have_the_size_of_their_boxes() -> None:
    for pdf, box in ((seal_pdf(NAMES[1], CODE), SEAL_BOX), (signature_stamp_pdf("周明远"), SIGNATURE_BOX)):
        found = re.search(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
        assert found
        assert (float(found[1]), float(found[2])) == pytest.approx((box[2] - box[0], box[3] - box[1]), abs=0.02)


def test_the_boxes_lie_on_the_page_and_apart() -> None:
    for left, bottom, right, top in (SEAL_BOX, SIGNATURE_BOX):
        assert 0 < left < right < 841.9
        assert 0 < bottom < top < 595.3
    assert SIGNATURE_BOX[2] < SEAL_BOX[0]


def test_a_stamp_stays_in_its_box() -> None:
    for name in ("周明远", "王𬀩", "阿卜杜热西提·买买提"):
        drawn = ink(signature_stamp_svg(name), 25, 9.6)
        assert drawn.any()
        assert not (drawn[0].any() or drawn[-1].any() or drawn[:, 0].any() or drawn[:, -1].any())


def test_an_uploaded_seal_becomes_an_appearance_too() -> None:
    upload = io.BytesIO()
    Image.new("RGBA", (200, 200), (200, 22, 29, 128)).save(upload, "PNG")
    pdf = drawing_pdf(upload.getvalue(), 43, 43)
    assert re.search(rb"/MediaBox ?\[0 0 121\.\d+ 121\.\d+\]", pdf)
    assert b"/Image" in pdf
    assert b"/SMask" in pdf


def test_a_fresh_process_draws_the_same_bytes() -> None:
    code = (
        "import hashlib; from skillcert.kit.documents import seal_pdf; "
        f"print(hashlib.sha256(seal_pdf({NAMES[1]!r}, {CODE!r})).hexdigest())"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    assert said.stdout.strip() == hashlib.sha256(seal_pdf(NAMES[1], CODE)).hexdigest()
