"""Papers: templates of the rooms turned into PDF, and what is drawn on them."""

from .fonts import SANS_ORDER, SERIF_ORDER, FontsMissing, missing_glyphs
from .guilloche import rosette_svg
from .seal import SEAL_BOX, SIGNATURE_BOX, seal_pdf, seal_svg, signature_stamp_pdf, signature_stamp_svg
from .typeset import MissingGlyph, TooLong, Unprintable, book, drawing_pdf, preview, qr_svg, render
from .wording import amount_in_capitals, date_in_chinese, month_in_chinese, year_in_chinese

__all__ = [
    "SANS_ORDER",
    "SEAL_BOX",
    "SERIF_ORDER",
    "SIGNATURE_BOX",
    "FontsMissing",
    "MissingGlyph",
    "TooLong",
    "Unprintable",
    "amount_in_capitals",
    "book",
    "date_in_chinese",
    "drawing_pdf",
    "missing_glyphs",
    "month_in_chinese",
    "preview",
    "qr_svg",
    "render",
    "rosette_svg",
    "seal_pdf",
    "seal_svg",
    "signature_stamp_pdf",
    "signature_stamp_svg",
    "year_in_chinese",
]
