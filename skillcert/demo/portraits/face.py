"""Skin, eyes, brows, nose, mouth, ears, glasses: what a face detector looks for."""

import numpy as np

from skillcert.demo.portraits.brush import Canvas, Color, Field, Window, ellipse, glow, ink, mix, shade, step
from skillcert.demo.portraits.person import Person


def draw_neck(canvas: Canvas, person: Person, clothes: str) -> None:
    window = canvas.window(-80, person.chin - 60, 80, 400)
    wide = person.half_width * (0.60 if person.sex == "男" else 0.52)
    flare = step(window.y, person.chin + 10, person.chin + 70) * (26 if clothes == "tee" else 0)
    edge = np.abs(window.x) - wide - flare
    canvas.lay(window, ink(edge, 1.5), shade(person.skin, 0.94))
    under_chin = glow(window, 0, person.chin + 2, wide * 1.5, 26)
    canvas.tint(
        window, ink(edge, 1.5) * np.clip(under_chin * 0.9 + step(edge, -16, 0) * 0.35, 0, 1), (0.74, 0.64, 0.60)
    )


def draw_ears(canvas: Canvas, person: Person) -> None:
    window = canvas.window(-100, 150, 100, 260)
    for side in (-1, 1):
        x, y = side * (person.half_width + 1.5), person.eye_y + 16
        ear = ellipse(window, x, y, 9 * person.ears, 20)
        canvas.lay(window, ink(ear, 1.3), shade(person.skin, 0.93))
        canvas.tint(window, glow(window, x - side * 1, y, 4 * person.ears, 12) * 0.7, (0.78, 0.66, 0.62))


def head_outline(window: Window, person: Person) -> Field:
    """Distance to the face: an ellipse above the cheeks, a jaw of its own squareness below."""
    cheek = person.eye_y + 10
    u = np.abs(window.x) / person.half_width
    up = np.minimum(0, window.y - cheek) / (cheek - 84)
    down = np.maximum(0, window.y - cheek) / (person.chin - cheek)
    below = window.y > cheek
    power_u = np.where(below, person.jaw, 2.2).astype(np.float32)
    power_down = 2.25
    u_less = (u + 1e-4) ** (power_u - 1)
    down_less = down ** (power_down - 1)
    value = u_less * u + down_less * down + up * up - 1
    slope = np.hypot(
        power_u * u_less / person.half_width,
        power_down * down_less / (person.chin - cheek) - 2 * up / (cheek - 84),
    )
    outline: Field = value / (slope + 2e-3)
    return outline


def draw_skin(canvas: Canvas, window: Window, outline: Field, person: Person) -> None:
    inside = ink(outline, 1.3)
    canvas.lay(window, inside, person.skin)
    wide, eye = person.half_width, person.eye_y
    shadow = step(outline, -26, 2) * 0.50 + step(window.x / wide, 0.1, 1.1) * 0.22
    shadow += step(window.y, person.chin - 16, person.chin + 4) * 0.30
    shadow += glow(window, 0, 112, wide * 1.1, 26) * 0.30
    for side in (-1, 1):
        shadow += glow(window, side * person.eye_x, eye - 8, person.eye_wide * 1.25, 11) * 0.42
        shadow += glow(window, side * person.eye_x * 0.42, eye - 4, 8, 14) * 0.34 * person.nose_bridge
        shadow += glow(window, side * person.eye_x, eye + 13, person.eye_wide * 1.1, 6) * (
            0.05 + 0.010 * max(0, person.age - 20)
        )
        shadow += glow(window, side * wide * 0.80, eye + 48, wide * 0.24, 34) * 0.30 * person.cheeks
        crease_x = side * (person.nose_wide + (window.y - person.nose_y) * 0.42 + 3)
        crease = np.exp(-(((window.x - crease_x) / 4) ** 2)) * step(window.y, person.nose_y - 6, person.nose_y + 6)
        shadow += (
            crease
            * step(window.y, person.mouth_y + 6, person.nose_y + 4)
            * min(0.5, 0.03 + 0.012 * max(0, person.age - 20))
        )
    shadow += glow(window, 0, person.mouth_y + person.lower_lip + 7, 15, 5) * 0.40
    canvas.tint(window, inside * np.clip(shadow, 0, 1), (0.72, 0.60, 0.55))
    blush = sum(glow(window, side * wide * 0.58, eye + 36, 20, 15) for side in (-1, 1))
    canvas.tint(window, inside * blush * (0.5 if person.sex == "女" else 0.3), (1.0, 0.86, 0.85))
    light = glow(window, -8, 140, wide * 0.6, 20) * 0.5 + glow(window, -1.5, eye + 18, 3.6, 24) * 0.75
    light += glow(window, 0, person.chin - 13, 12, 6) * 0.35
    light += sum(glow(window, side * wide * 0.60, eye + 22, 14, 8) for side in (-1, 1)) * 0.32
    canvas.tint(window, inside * np.clip(light, 0, 1), (1.07, 1.09, 1.11))
    if person.beard:
        chin = step(window.y, person.mouth_y - 10, person.mouth_y + 14) * step(outline, -48, -8)
        lip = glow(window, 0, person.mouth_y - 10, 20, 5)
        canvas.tint(window, inside * np.clip(chin + lip, 0, 1) * person.beard * 0.6, (0.70, 0.70, 0.74))


def draw_eye(canvas: Canvas, person: Person, side: int) -> None:
    wide, high = person.eye_wide, person.eye_high
    x, y = side * person.eye_x, person.eye_y
    window = canvas.window(x - wide - 10, y - 26, x + wide + 10, y + 22)
    across = (window.x - x) * side / wide  # -1 at the nose, 1 outside
    line = y - person.eye_tilt * across
    bulge = np.clip(1 - across * across, 0, None)
    upper = line - high * bulge**0.62
    lower = line + high * 0.78 * bulge**0.85 * (1 + 0.2 * across)
    inside = np.maximum(np.maximum(upper - window.y, window.y - lower), (np.abs(across) - 1) * wide)
    white = ink(inside, 1.2)
    canvas.lay(window, white, (238, 233, 229))
    canvas.tint(window, white * step(window.y - upper, 5, 0), (0.66, 0.62, 0.62))
    iris = ellipse(window, x, y - high * 0.10, high * 1.02 + 0.6, high * 1.02 + 0.6)
    canvas.lay(window, white * ink(iris, 1.3), person.iris)
    canvas.lay(window, white * ink(iris + high * 0.55, 1.3), (12, 10, 10))
    canvas.lay(window, ink(ellipse(window, x - 2.2, y - high * 0.36, 1.7, 1.6), 1.2) * 0.92, (255, 255, 255))
    lash = 1.5 + (0.9 if person.sex == "女" else 0.3) + 0.9 * np.clip(across, 0, 1)
    lid = np.maximum(np.abs(window.y - upper + 0.3) - lash, (np.abs(across) - 1.07) * wide)
    canvas.lay(window, ink(lid, 1.3) * 0.95, (30, 22, 20))
    canvas.lay(
        window, ink(np.maximum(np.abs(window.y - lower) - 0.4, (np.abs(across) - 0.95) * wide), 1.6) * 0.5, (96, 62, 52)
    )
    if person.fold:
        fold = np.abs(window.y - (upper - 4.6 + 1.2 * across)) - 0.5
        canvas.tint(
            window, ink(np.maximum(fold, (np.abs(across) - 0.95) * wide), 1.6) * person.fold * 0.75, (0.58, 0.44, 0.40)
        )


def draw_brow(canvas: Canvas, person: Person, side: int) -> None:
    wide = person.eye_wide * 1.32
    x, y = side * (person.eye_x + 1.5), person.eye_y - person.brow_y
    window = canvas.window(x - wide - 4, y - 14, x + wide + 4, y + 14)
    across = (window.x - x) * side / wide
    line = y - person.brow_arch * (1 - (across - 0.25) ** 2) + 1.6 - person.brow_slope * across
    thick = person.brow_thick * np.clip(1.05 - 0.55 * across - 0.5 * np.clip(-across - 0.6, 0, 1), 0.15, 1.2) * 0.62
    brow = np.maximum(np.abs(window.y - line) - thick, (np.abs(across) - 1) * wide)
    hairs = 0.86 + 0.14 * np.sin(window.x * 2.1 + side * window.y * 1.7)
    canvas.lay(
        window, ink(brow, 2.4) * hairs * (0.93 if person.sex == "男" else 0.82), mix(person.hair, (56, 40, 34), 0.3)
    )


def draw_nose(canvas: Canvas, person: Person) -> None:
    y, wide = person.nose_y, person.nose_wide
    window = canvas.window(-34, person.eye_y - 10, 34, y + 18)
    long = step(window.y, person.eye_y - 4, y - 4)
    for side in (-1, 1):
        edge = (window.x * side - (5 + 5 * long * wide / 14)) / 3.6
        flank = (
            np.exp(-edge * edge) * step(window.y, y + 2, y - 14) * step(window.y, person.eye_y - 8, person.eye_y + 22)
        )
        canvas.tint(window, flank * (0.34 if side > 0 else 0.22), (0.72, 0.58, 0.53))
        wing = ellipse(window, side * (wide - 4), y - 4, 5, 6.4)
        canvas.tint(window, ink(np.abs(wing) - 0.9, 2.6) * (window.x * side > wide - 4.5) * 0.62, (0.64, 0.48, 0.44))
        hole = ellipse(window, side * wide * 0.46, y + 0.6, wide * 0.24, 2.1)
        canvas.lay(window, ink(hole, 2.2) * 0.85, (92, 48, 42))
    under = np.abs(window.y - (y + 3.2 - (window.x / wide) ** 2 * 5)) - 1.1
    canvas.tint(window, ink(np.maximum(under, np.abs(window.x) - wide * 0.8), 4.5) * 0.55, (0.66, 0.50, 0.46))
    canvas.tint(window, glow(window, 0, y + 7, wide, 5) * 0.30, (0.76, 0.62, 0.58))
    canvas.tint(window, glow(window, -1.5, y - 8, 5, 5) * 0.7, (1.08, 1.10, 1.12))


def draw_mouth(canvas: Canvas, person: Person) -> None:
    y, wide = person.mouth_y, person.mouth_wide
    window = canvas.window(-wide - 8, y - 16, wide + 8, y + 22)
    across = window.x / wide
    line = y + person.smile * (0.35 - across * across)
    taper = np.clip(1 - across * across, 0, None)
    bow = 1 - 0.34 * np.exp(-((across / 0.13) ** 2))
    upper = line - person.upper_lip * taper**0.8 * bow
    lower = line + person.lower_lip * taper**0.6
    ends = (np.abs(across) - 1) * wide
    canvas.lay(
        window,
        ink(np.maximum(np.maximum(upper - window.y, window.y - line), ends), 1.6) * 0.92,
        shade(person.lips, 0.86),
    )
    low = ink(np.maximum(np.maximum(line - window.y, window.y - lower), ends), 1.8)
    canvas.lay(window, low * 0.92, person.lips)
    canvas.tint(
        window, low * glow(window, -2, y + person.lower_lip * 0.55 + 0.5, wide * 0.42, 2.0) * 0.8, (1.14, 1.20, 1.20)
    )
    gap = np.maximum(np.abs(window.y - line) - 0.85 * (0.5 + 0.5 * taper), (np.abs(across) - 1.06) * wide)
    canvas.lay(window, ink(gap, 1.6) * 0.9, (104, 44, 42))
    for side in (-1, 1):
        canvas.tint(window, glow(window, side * (wide + 2), y - person.smile * 0.6, 4, 4) * 0.4, (0.72, 0.56, 0.52))


def draw_marks(canvas: Canvas, person: Person) -> None:
    if person.mole:
        x, t = person.mole
        window = canvas.window(-80, 150, 80, 300)
        spot = ellipse(window, x * person.half_width * 0.8, person.eye_y + 10 + t * 60, 1.9, 1.8)
        canvas.lay(window, ink(spot, 1.4) * 0.8, (74, 44, 36))
    if person.age >= 40:
        window = canvas.window(-60, 110, 60, 170)
        for number, y in enumerate((128, 140)):
            line = np.abs(window.y - y - np.cos(window.x / 18 + number) * 1.2) - 0.5
            canvas.tint(window, ink(np.maximum(line, np.abs(window.x) - 34), 2.4) * 0.25, (0.72, 0.58, 0.54))


def draw_glasses(canvas: Canvas, person: Person) -> None:
    window = canvas.window(-92, person.eye_y - 40, 92, person.eye_y + 44)
    wide, high = person.eye_wide * 1.62, person.eye_wide * (1.42 if person.glasses == "round" else 1.08)
    frame: Color = (38, 36, 40) if person.glasses != "round" else (98, 76, 58)
    thick = 1.7 if person.glasses == "square" else 1.2
    y = person.eye_y + 3
    for side in (-1, 1):
        x = side * (person.eye_x + 0.5)
        if person.glasses == "round":
            rim = ellipse(window, x, y, wide * 0.94, high)
        else:
            across, down = np.abs(window.x - x) / wide, np.abs(window.y - y) / high
            rim = ((across**5 + down**5) ** 0.2 - 1) * high
        canvas.tint(window, ink(rim) * 0.35, (1.03, 1.04, 1.06))
        canvas.tint(window, ink(np.abs(rim - 1) - thick - 0.6, 4) * 0.25, (0.7, 0.62, 0.6))
        edge = ink(np.abs(rim) - thick, 1.2)
        if person.glasses == "half":
            edge = edge * (0.15 + 0.85 * step(window.y, y + 2, y - 2))
        canvas.lay(window, edge * 0.95, frame)
        arm = np.maximum(np.abs(window.y - (y - high * 0.35)) - thick * 0.8, x * side + wide - window.x * side)
        arm = np.maximum(arm, window.x * side - person.half_width - 2)
        canvas.lay(window, ink(arm) * 0.9, frame)
    gap = person.eye_x - wide
    bridge = np.maximum(
        np.abs(window.y - (y - 4 - 3 * (1 - (window.x / max(4, gap)) ** 2))) - thick * 0.8, np.abs(window.x) - gap
    )
    canvas.lay(window, ink(bridge) * 0.95, frame)
