"""The portraits of the season, drawn by two processes that know no models."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from skillcert.demo.portraits import draw_portrait


def draw_faces(count: int) -> list[tuple[bytes, bytes]]:
    """``count`` portraits, women at even places and men at odd ones, each with its second shot."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return list(pool.map(_two_shots, range(count), chunksize=20))


def _two_shots(seed: int) -> tuple[bytes, bytes]:
    sex = "男" if seed % 2 else "女"
    return draw_portrait(seed, sex=sex, age=20), draw_portrait(seed, 1, sex=sex, age=20)
