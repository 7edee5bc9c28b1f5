"""Drawn people: one face each, the same each time, and not each other."""

import io

import dlib
import numpy as np
import pytest
from PIL import Image

from skillcert.demo.portraits import draw_absent, draw_portrait, person_of

detector = dlib.get_frontal_face_detector()


def _pixels(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)))


@pytest.mark.parametrize("seed", range(0, 240, 30))
def test_exactly_one_face_is_found(seed):
    for shot in (0, 1):
        assert len(detector(_pixels(draw_portrait(seed, shot)), 0)) == 1


@pytest.mark.rule("R94", "R95", "R96")
def test_the_picture_is_a_standard_one_inch_jpeg():
    jpeg = draw_portrait(7)
    image = Image.open(io.BytesIO(jpeg))
    assert (image.format, image.size, image.mode) == ("JPEG", (295, 413), "RGB")
    assert len(jpeg) < 40_000


def test_same_seed_same_bytes_other_seed_or_shot_other_picture():
    assert draw_portrait(3) == draw_portrait(3)
    assert len({draw_portrait(3), draw_portrait(4), draw_portrait(3, 1)}) == 3


def test_sex_and_age_follow_the_id_number_when_given():
    for seed in range(20):
        assert person_of(seed, sex="女").beard == 0
        assert person_of(seed, sex="男", age=50).age == 50
    assert {person_of(seed).sex for seed in range(20)} == {"男", "女"}


def test_nobody_is_in_the_empty_picture():
    assert len(detector(_pixels(draw_absent()), 0)) == 0
