"""Who is drawn: traits by chance from a seed."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from skillcert.demo.portraits.brush import Color, mix

Sex = Literal["男", "女"]

SKINS = ((244, 209, 180), (238, 199, 168), (247, 216, 192), (229, 186, 152), (226, 184, 150), (241, 205, 178))
HAIRS = ((26, 23, 24), (32, 26, 24), (20, 20, 24), (46, 33, 27), (62, 42, 31), (38, 30, 30))


@dataclass(frozen=True)
class Person:
    """What makes a person: drawn once from the seed, the same in every shot."""

    sex: Sex
    age: int
    skin: Color
    hair: Color
    style: str
    clothes: str
    half_width: float  # of the face at the cheeks
    chin: float  # y of the tip of the chin
    jaw: float  # 1.7 pointed … 3 square
    eye_y: float
    eye_x: float  # of the middle of an eye
    eye_wide: float
    eye_high: float
    eye_tilt: float  # outer corner up, pixels
    fold: float  # of the upper lid, 0-1
    iris: Color
    brow_y: float  # above the eye
    brow_thick: float
    brow_arch: float
    brow_slope: float
    nose_y: float
    nose_wide: float
    nose_bridge: float
    mouth_y: float
    mouth_wide: float
    upper_lip: float
    lower_lip: float
    smile: float
    lips: Color
    ears: float
    cheeks: float  # how much the cheekbones show
    glasses: str
    beard: float
    mole: tuple[float, float] | None
    part: float  # where the hair parts, -1 … 1
    hairline: float
    volume: float


def person_of(seed: int, sex: Sex | None = None, age: int | None = None) -> Person:
    """The person behind a seed; sex and age may be set, so that they fit an ID number."""
    dice = Random(f"portrait {seed}")
    drawn: Sex = "男" if dice.random() < 0.5 else "女"
    years = int(dice.choice((18, 18, 19, 19, 20, 20, 21, 21, 22, 23, 25, 28, 34, 42, 51)))
    sex, age = sex or drawn, age or years
    man = sex == "男"
    between = dice.uniform
    half_width = between(61, 74) if man else between(57, 70)
    eye_y = between(181, 193)
    chin = between(270, 291) if man else between(264, 284)
    nose_y = eye_y + (chin - eye_y) * between(0.39, 0.50)
    mouth_y = nose_y + (chin - nose_y) * between(0.38, 0.48)
    hair = dice.choice(HAIRS)
    grey = min(1.0, max(0.0, (age - 42) / 22)) * between(0.2, 0.75)
    if man:
        style = dice.choice(("parted", "crew", "fringe", "swept", "parted", "fringe"))
    else:
        style = dice.choice(("bob", "long", "tail", "bangs", "bun", "long", "short"))
    return Person(
        sex=sex,
        age=age,
        skin=mix(dice.choice(SKINS), (226, 180, 146), between(0.1, 0.45) if man else between(0, 0.2)),
        hair=mix(hair, (148, 146, 146), grey),
        style=style,
        clothes=dice.choice(
            ("suit", "shirt", "sweater", "tee", "suit") if man else ("suit", "shirt", "sweater", "tee")
        ),
        half_width=half_width,
        chin=chin,
        jaw=between(2.1, 3.0) if man else between(1.75, 2.4),
        eye_y=eye_y,
        eye_x=half_width * between(0.43, 0.50),
        eye_wide=between(12.5, 16) if man else between(13.5, 16.5),
        eye_high=between(4.6, 7.0) if man else between(5.6, 8.2),
        eye_tilt=between(-1.0, 2.2),
        fold=dice.choice((0.0, 0.4, 0.9, 1.0)),
        iris=dice.choice(((44, 28, 20), (58, 36, 24), (34, 24, 20), (72, 46, 30))),
        brow_y=between(17, 25),
        brow_thick=between(3.2, 5.6) if man else between(1.9, 3.4),
        brow_arch=between(0.5, 4) if man else between(1.5, 6),
        brow_slope=between(-2.6, 0.9),
        nose_y=nose_y,
        nose_wide=between(12.5, 18.5) if man else between(10.5, 15.5),
        nose_bridge=between(0.4, 1),
        mouth_y=mouth_y,
        mouth_wide=between(20, 29) if man else between(18, 26),
        upper_lip=between(2.2, 5.2),
        lower_lip=between(3.6, 7.6),
        smile=between(1.2, 5.5),
        lips=mix(
            dice.choice(((196, 112, 102), (186, 104, 98), (204, 120, 112))),
            (190, 74, 84),
            0 if man else between(0, 0.7),
        ),
        ears=between(0.6, 1.2),
        cheeks=between(0, 1),
        glasses=dice.choice(("none", "none", "none", "none", "none", "round", "square", "half")),
        beard=max(0.0, between(-0.8, 0.8)) if man and age > 24 else 0.0,
        mole=(between(-0.7, 0.7), between(0.15, 0.75)) if dice.random() < 0.15 else None,
        part=dice.choice((-1, 1)) * between(0.15, 0.55),
        hairline=between(-5, 7) - (6 * grey if man else 0),
        volume=between(0, 1),
    )
