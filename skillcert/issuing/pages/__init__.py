"""Chapter 4.2 证书发放管理: the seven lists, the collecting, the signing on desk and phone, the releasing."""

from . import collect, detail, lists, phone, release, sample, signing  # noqa: F401  # each registers its pages
