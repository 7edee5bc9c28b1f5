"""Chapter 5.2.3: 院校考生 and 社会考生, a file per noun."""

from . import forms, lists, person, photos  # noqa: F401  # each registers its pages
