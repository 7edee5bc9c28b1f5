"""A sealed PDF verifies; what a forger does to it is refused, with the reason."""

import io
from datetime import UTC, datetime, timedelta

import pytest
import typst
from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject

from skillcert.integrations.seal.authority import Authority
from skillcert.integrations.seal.client import (
    SEAL_FIELD,
    STAMP_FIELD,
    OrganizationIdentity,
    SealField,
    SealUnavailable,
)
from skillcert.integrations.seal.embedded import EmbeddedSealer
from skillcert.integrations.seal.threads import run_in_own_thread
from skillcert.integrations.seal.verify import roots_in, verify_pdf

NORTH = OrganizationIdentity("110108001", "北辰数字职业教育评价中心")
SOUTH = OrganizationIdentity("440106002", "南港智造评价中心")
PASSPHRASE = b"only the sealer knows"


def _page(words: str = "certificate 2026 0034", width: int = 297) -> bytes:
    source = f"#set page(width: {width}mm, height: 210mm)\n= {words}\n#rect(width: 20mm)"
    return typst.compile(source.encode(), pdf_standards=["a-2b"], timestamp=1_790_000_000)


def _fields(drawing: bytes | None = None) -> list[SealField]:
    return [
        SealField(SEAL_FIELD, (611, 70, 733, 191), drawing, "证书签发"),
        SealField(STAMP_FIELD, (500, 90, 600, 117), drawing, "负责人签名"),
    ]


@pytest.fixture(scope="module")
def sealer(tmp_path_factory):
    return EmbeddedSealer(Authority(tmp_path_factory.mktemp("data"), PASSPHRASE))


@pytest.fixture(scope="module")
def sealed(sealer):
    return sealer.seal(_page(), organization=NORTH, fields=_fields(typst.compile(b"#circle(fill: red)")))


@pytest.fixture(scope="module")
def roots(sealer, sealed):
    return roots_in(sealer.authority.trust)


def test_two_seals_verify_and_say_who_sealed(sealed, roots):
    verdict = verify_pdf(sealed, roots, organization_code=NORTH.code)
    assert (verdict.ok, verdict.reasons) == (True, [])
    assert (verdict.covers_whole_file, verdict.modified) == (True, False)
    assert [(signer.field, signer.reason) for signer in verdict.signers] == [
        (SEAL_FIELD, "证书签发"),
        (STAMP_FIELD, "负责人签名"),
    ]
    for signer in verdict.signers:
        assert (signer.organization_code, signer.organization_name) == (NORTH.code, NORTH.name)
        assert abs(signer.signed_at - datetime.now(UTC)) < timedelta(minutes=5)


def test_the_drawing_is_kept_as_vectors_in_the_field(sealed):
    reader = PdfFileReader(io.BytesIO(sealed))
    for signature in reader.embedded_signatures:
        widget = signature.sig_field
        assert [float(x) for x in widget["/Rect"]] in ([611, 70, 733, 191], [500, 90, 600, 117])
        assert "/N" in widget["/AP"]
    assert b"/Subtype /Image" not in sealed


def test_a_png_seal_is_taken_and_anything_else_is_not(sealer, roots):
    file = io.BytesIO()
    Image.new("RGBA", (40, 40), (200, 22, 29, 220)).save(file, "PNG")
    assert verify_pdf(sealer.seal(_page(), organization=NORTH, fields=_fields(file.getvalue())), roots).ok
    with pytest.raises(SealUnavailable, match="既不是 PDF 也不是 PNG"):
        sealer.seal(_page(), organization=NORTH, fields=_fields(b"GIF89a"))
    with pytest.raises(SealUnavailable):
        sealer.seal(b"no pdf", organization=NORTH, fields=_fields())


def test_one_seal_is_enough_only_where_one_is_expected(sealer, roots):
    paper = sealer.seal(_page(), organization=NORTH, fields=_fields()[1:])
    assert verify_pdf(paper, roots, expected=[STAMP_FIELD]).ok
    assert verify_pdf(paper, roots).reasons == ["签章数量或名称不符：应有公章、签名章，实有签名章"]


def test_one_changed_byte_anywhere_is_refused(sealed, roots):
    for place in range(20, len(sealed), len(sealed) // 30):
        forged = bytearray(sealed)
        forged[place] ^= 0x01
        verdict = verify_pdf(bytes(forged), roots)
        assert not verdict.ok, f"byte {place}"
        assert verdict.reasons


def test_a_signature_written_another_way_is_refused(sealed, roots):
    """Its own digits are what a signature cannot cover: neither small letters nor the padding may change."""
    place = sealed.rindex(b"/Contents <") + 11
    end = sealed.index(b">", place)
    letter = next(at for at in range(place, end) if sealed[at] in b"ABCDEF")
    for forged in (
        sealed[:letter] + sealed[letter : letter + 1].lower() + sealed[letter + 1 :],
        sealed[: end - 1] + b"1" + sealed[end:],
    ):
        assert verify_pdf(forged, roots).reasons == ["签章数据本身被改动"]


def test_a_changed_name_is_refused(sealer, roots):
    sealed = sealer.seal(_page(), organization=NORTH, fields=_fields())
    place = sealed.index(b"/MediaBox")
    forged = sealed[:place] + b"/MediaBoX" + sealed[place + 9 :]
    verdict = verify_pdf(forged, roots)
    assert verdict.modified
    assert "公章校验不通过：签章后文件内容被改动" in verdict.reasons


def _append_page(sealed: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    stream = writer.add_object(generic.StreamObject(stream_data=b"0 0 m 100 100 l S"))
    writer.insert_page(PageObject(contents=stream, media_box=(0, 0, 100, 100)))
    return _written(writer)


def _change_title(sealed: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    writer.set_info(generic.DictionaryObject({generic.pdf_name("/Title"): generic.pdf_string("forged")}))
    return _written(writer)


def _replace_content(sealed: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT (another name) Tj ET"))
    writer.update_container(page)
    return _written(writer)


def _written(writer: IncrementalPdfFileWriter) -> bytes:
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


@pytest.mark.parametrize("change", [_append_page, _change_title, _replace_content, lambda data: data + b"\n% harmless"])
def test_whatever_is_appended_is_refused(sealed, roots, change):
    verdict = verify_pdf(change(sealed), roots)
    assert not verdict.ok
    assert (verdict.modified, verdict.covers_whole_file) == (True, False)
    assert "签章后文件被追加或修改了内容" in verdict.reasons


def test_a_cut_back_file_is_refused(sealed, roots):
    """The revision after the first signature alone: the second one is missing."""
    ends = [place for place in range(len(sealed)) if sealed.startswith(b"%%EOF", place)]
    verdict = verify_pdf(sealed[: ends[-2] + 6], roots)
    assert verdict.reasons[0] == "签章数量或名称不符：应有公章、签名章，实有公章"


def test_a_foreign_authority_with_the_same_names_is_refused(tmp_path, roots):
    forger = EmbeddedSealer(Authority(tmp_path, b"forger"))
    verdict = verify_pdf(forger.seal(_page(), organization=NORTH, fields=_fields()), roots)
    assert verdict.reasons == ["公章的签章证书不是由本平台签发", "签名章的签章证书不是由本平台签发"]
    assert not verdict.modified


def test_a_copied_seal_image_is_no_seal(roots):
    verdict = verify_pdf(_page(), roots)
    assert verdict.reasons == ["文件没有电子签章（印章图样不是签章），不是本平台出具的证书文件"]


def test_another_organization_of_the_platform_is_refused(sealer, roots):
    sealed = sealer.seal(_page(), organization=SOUTH, fields=_fields())
    assert verify_pdf(sealed, roots).ok
    assert verify_pdf(sealed, roots, organization_code=NORTH.code).reasons == ["签章机构与证书的颁证机构不一致"]


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"PK\x03\x04", b"%PDF-1.7\n" + b"9" * 5000, b"\x00" * 100])
def test_what_is_no_pdf_is_refused(data, roots):
    verdict = verify_pdf(data, roots)
    assert not verdict.ok
    assert "PDF" in verdict.reasons[0]


def test_words_before_the_file_are_refused(sealed, roots):
    assert verify_pdf(b"hello" + sealed, roots).reasons == ["文件不是 PDF，或开头被添加了内容"]


def test_no_roots_no_trust(sealed):
    assert not verify_pdf(sealed, []).ok


def test_new_keys_and_a_new_root_leave_old_papers_valid(tmp_path):
    authority = Authority(tmp_path, PASSPHRASE)
    sealer = EmbeddedSealer(authority)
    old = sealer.seal(_page(), organization=NORTH, fields=_fields())
    before = authority.leaf(NORTH).certificate
    after = authority.rotate(NORTH).certificate
    second = sealer.seal(_page(), organization=NORTH, fields=_fields())
    authority.rotate_root()
    third = EmbeddedSealer(Authority(tmp_path, PASSPHRASE)).seal(_page(), organization=SOUTH, fields=_fields())
    assert before.serial_number != after.serial_number
    roots = roots_in(tmp_path / "trust")
    assert len(roots) == 2
    assert all(verify_pdf(data, roots).ok for data in (old, second, third))
    # The newest key is found again by a new process, with the root that it belongs to.
    assert Authority(tmp_path, PASSPHRASE).leaf(NORTH).certificate == after
    assert verify_pdf(
        EmbeddedSealer(Authority(tmp_path, PASSPHRASE)).seal(_page(), organization=NORTH, fields=_fields()), roots
    ).ok


def test_a_new_name_of_the_organization_takes_a_new_certificate(tmp_path):
    authority = Authority(tmp_path, PASSPHRASE)
    old = authority.leaf(NORTH).certificate
    renamed = OrganizationIdentity(NORTH.code, "北辰职业教育评价集团")
    assert authority.leaf(renamed).certificate != old


def test_stolen_key_files_are_useless_without_the_passphrase(tmp_path):
    Authority(tmp_path, PASSPHRASE).leaf(NORTH)
    keys = list((tmp_path / "keys").rglob("*.key"))
    assert len(keys) == 2
    for file in keys:
        assert file.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
        assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(SealUnavailable, match="口令"):
        EmbeddedSealer(Authority(tmp_path, b"guess")).seal(_page(), organization=NORTH, fields=_fields())
    with pytest.raises(SealUnavailable, match="口令为空"):
        Authority(tmp_path, b"")


def test_a_seal_survives_the_end_of_its_certificate_but_not_a_time_outside_it(sealer, roots):
    """Judged at the reported time: long before the certificate began, the paper is refused."""
    early = sealer.seal(_page(), organization=NORTH, fields=_fields(), at=datetime(2001, 1, 1, tzinfo=UTC))
    assert not verify_pdf(early, roots).ok
    late = sealer.seal(_page(), organization=NORTH, fields=_fields(), at=datetime.now(UTC) + timedelta(days=30))
    assert "公章没有可信的签章时间" in verify_pdf(late, roots).reasons


def test_a_caller_with_an_event_loop_may_seal_and_verify(sealer, roots):
    async def work() -> bool:
        return verify_pdf(sealer.seal(_page(), organization=NORTH, fields=_fields()), roots).ok

    assert run_in_own_thread(work())
