from skillcert.kit.documents import SANS_ORDER, missing_glyphs
from skillcert.kit.documents.fonts import glyph


def test_rare_characters_of_names_are_there() -> None:
    """䶮 𬭎 𬀩 of the national list; 𠮷 comes from the Japanese family, 𡛟 from the Traditional one."""
    assert missing_glyphs("䶮𬭎𬀩欧阳·（）《》〇𠮷𡛟") == []


def test_what_one_family_lacks_another_gives() -> None:
    """Noto Sans SC has neither 䶶 nor 鿰."""
    assert missing_glyphs("䶶鿰", ["Noto Sans SC"]) == ["䶶", "鿰"]
    assert missing_glyphs("䶶鿰", SANS_ORDER) == []


def test_a_character_without_a_glyph_is_named_once() -> None:
    assert missing_glyphs("王𢀖 𮧵𢀖") == ["𢀖", "𮧵"]


def test_an_outline_stands_on_its_baseline() -> None:
    """A figure rises from the baseline to about .73 em, with y downward as SVG has it."""
    seven = glyph("NotoSansSC_500Medium", "7")
    assert seven is not None
    assert seven.bottom == 0
    assert -0.8 < seven.top < -0.7
    assert glyph("NotoSansSC_500Medium", "𢀖") is None
