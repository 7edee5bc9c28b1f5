"""One sitting: backdrop, person, light, JPEG."""

import io
from math import radians
from random import Random

import numpy as np
from PIL import Image

from skillcert.demo.portraits import clothes as wardrobe
from skillcert.demo.portraits import face, hair
from skillcert.demo.portraits.brush import HEIGHT, WIDTH, Canvas, glow, ink
from skillcert.demo.portraits.person import Sex, person_of

RED = (196, 52, 48)


def draw_portrait(seed: int, shot: int = 0, *, sex: Sex | None = None, age: int | None = None) -> bytes:
    """A JPEG of 295 x 413 pixels, red behind. Same arguments, same bytes."""
    person = person_of(seed, sex, age)
    dice = Random(f"shot {seed} {shot}")
    canvas = Canvas(
        (WIDTH, HEIGHT),
        middle=(0, 240),
        turn=radians(dice.uniform(-1, 1) * (1.0 if shot == 0 else 2.2)),
        shift=(dice.uniform(-2.5, 2.5), dice.uniform(-3, 5)),
        scale=dice.uniform(0.98, 1.03),
    )
    clothes = person.clothes if shot == 0 or dice.random() < 0.6 else dice.choice(("shirt", "sweater", "tee"))
    canvas.planes[:] = np.reshape(RED, (3, 1, 1))
    _draw_backdrop(canvas, dice)
    if person.style in hair.HAIR_BEHIND:
        hair.draw_hair_behind(canvas, person)
    face.draw_neck(canvas, person, clothes)
    wardrobe.draw_clothes(canvas, person, clothes, dice)
    if person.style not in hair.HANGING:
        face.draw_ears(canvas, person)
    head = canvas.window(-90, 60, 90, 310)
    outline = face.head_outline(head, person)
    face.draw_skin(canvas, head, outline, person)
    for side in (-1, 1):
        face.draw_eye(canvas, person, side)
        face.draw_brow(canvas, person, side)
    face.draw_nose(canvas, person)
    face.draw_mouth(canvas, person)
    face.draw_marks(canvas, person)
    hair.draw_hair(canvas, head, outline, person)
    if person.glasses != "none":
        face.draw_glasses(canvas, person)
    _set_light(canvas, shot, dice)
    return _jpeg(canvas)


def draw_absent() -> bytes:
    """The same red ground and an empty chair back: a photo without a person, for the demo's wrong file."""
    canvas = Canvas((WIDTH, HEIGHT), middle=(0, 240), turn=0.0, shift=(0, 0), scale=1.0)
    canvas.planes[:] = np.reshape(RED, (3, 1, 1))
    _draw_backdrop(canvas, Random("absent"))
    back = canvas.window(-110, 200, 110, HEIGHT)
    shape = np.maximum(np.abs(back.x) - 84 - (back.y - 230) * 0.06, 226 - back.y + (back.x / 40) ** 2)
    canvas.lay(back, ink(shape), (92, 66, 48))
    canvas.lay(back, ink(shape + 12), (112, 82, 60))
    for x in range(-60, 61, 24):
        canvas.tint(back, ink(np.abs(back.x - x) - 1.5, 2) * ink(shape + 14), (0.82, 0.82, 0.82))
    return _jpeg(canvas)


def _draw_backdrop(canvas: Canvas, dice: Random) -> None:
    whole = canvas.window(-160, -10, 160, HEIGHT + 10)
    canvas.tint(whole, glow(whole, dice.uniform(-30, 30), 170, 190, 230), (1.06, 1.10, 1.10))


def _set_light(canvas: Canvas, shot: int, dice: Random) -> None:
    """Exposure, warmth and the side the lamp stands on: a little in the first shot, more in the second."""
    much = 0.4 if shot == 0 else 1.0
    gain = 1 + dice.uniform(-0.07, 0.06) * much
    warm = dice.uniform(-0.03, 0.03) * much
    slope = np.linspace(-1, 1, WIDTH, dtype=np.float32) * dice.uniform(-0.06, 0.06) * much
    for plane, part in zip(canvas.planes, (1 + warm, 1, 1 - warm), strict=True):
        plane *= (gain + slope) * np.float32(part)


def _jpeg(canvas: Canvas) -> bytes:
    file = io.BytesIO()
    np.clip(canvas.planes, 0, 255, out=canvas.planes)
    bands = [Image.fromarray(plane) for plane in canvas.planes.astype(np.uint8)]
    Image.merge("RGB", bands).save(file, "JPEG", quality=90, dpi=(300, 300))
    return file.getvalue()
