"""Portraits of people who do not exist, for the demo: small one-inch ID photos on red, drawn from a number.

`draw_portrait(seed)` always draws the same person; `shot=1` is that person on another day: other light, another tilt of
the head, now and then other clothes. The reference library of the embedded authority holds shot 1, the
candidates' files hold shot 0. A face detector finds exactly one face in each (flat drawings are not
found): hence the shading under brows, nose, lips and chin.

Sizes are pixels of 295 x 413 (R96). The middle of the picture is x = 0; y runs down from the top.
"""

from skillcert.demo.portraits.person import Person, person_of
from skillcert.demo.portraits.studio import draw_absent, draw_portrait

__all__ = ["Person", "draw_absent", "draw_portrait", "person_of"]
