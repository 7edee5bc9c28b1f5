"""One command on the PDF, in a process without Django: what it says, and its exit code."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
import typst

from skillcert.integrations.chain.log import SignedLog, canonical, open_log_key
from skillcert.integrations.chain.proof import make_proof
from skillcert.integrations.seal.authority import Authority
from skillcert.integrations.seal.client import SEAL_FIELD, STAMP_FIELD, OrganizationIdentity, SealField
from skillcert.integrations.seal.embedded import EmbeddedSealer
from skillcert.issuing.verify_offline import main
from skillcert.kit.merkle import Tree, leaf_hash

NORTH = OrganizationIdentity("110108001", "北辰数字职业教育评价中心")
SEALS = [
    SealField(SEAL_FIELD, (611, 70, 733, 191), None, "证书签发"),
    SealField(STAMP_FIELD, (500, 90, 600, 117), None, "负责人签名"),
]


class OneBlock:
    """A store for the only block of these tests."""

    block = None

    def head(self):
        return self.block

    def append(self, block):
        self.block = block


def _proof_of(pdf: bytes, data: Path, at: datetime | None = None, **more: str) -> dict:
    entry = {"number": "2026003400123200012385", "organization": NORTH.code, "file_sha256": sha256(pdf).hexdigest()}
    entry |= more
    tree = Tree([leaf_hash(b"another"), leaf_hash(canonical(entry)), leaf_hash(b"a third")])
    log = SignedLog("certificates", OneBlock(), open_log_key(data, b"pass"))
    return make_proof(entry, 1, tree.inclusion_proof(1), log.append(tree.root, 3, at=at))


@pytest.fixture(scope="module")
def issued(tmp_path_factory):
    """The data folder of a platform and one sealed file."""
    data = tmp_path_factory.mktemp("data")
    page = typst.compile(b"#set page(width: 297mm, height: 210mm)\n= certificate", timestamp=1_790_000_000)
    return data, EmbeddedSealer(Authority(data, b"pass")).seal(page, organization=NORTH, fields=SEALS)


@pytest.fixture
def folder(issued, tmp_path):
    """What a holder has: the PDF, its proof, and the published trust folder."""
    data, pdf = issued
    proof = _proof_of(pdf, data)
    (tmp_path / "trust").mkdir()
    for file in (data / "trust").glob("*.pem"):
        (tmp_path / "trust" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "zs.pdf").write_bytes(pdf)
    (tmp_path / "zs.proof.json").write_text(json.dumps(proof, ensure_ascii=False, indent=1))
    return tmp_path


def test_one_command_in_a_bare_process(folder):
    root = Path(__file__).parents[3]
    run = subprocess.run(
        [sys.executable, "-m", "skillcert.issuing.verify_offline", str(folder / "zs.pdf")],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
        env={"PYTHONPATH": str(root), "PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    lines = run.stdout.splitlines()
    assert lines[0] == "结论：有效：签章完好，且已存证"
    assert any(line.startswith(f"公章：{NORTH.name}（{NORTH.code}），20") for line in lines)
    assert "证书编号：2026003400123200012385（请与证书上的编号核对）" in lines
    assert any(line.startswith("存证：单节点存证日志，区块高度 1，存证时间 20") for line in lines)
    assert lines[-1].startswith("注意：离线核验只说明截至")
    assert "区块链" not in run.stdout


def test_without_a_proof_only_the_seals_are_claimed(folder, capsys):
    (folder / "zs.proof.json").unlink()
    assert main([str(folder / "zs.pdf")]) == 0
    said = capsys.readouterr().out
    assert "结论：签章完好\n" in said
    assert "未提供存证证明" in said


def test_one_changed_byte_is_refused_by_seal_and_log(folder, capsys):
    pdf = bytearray((folder / "zs.pdf").read_bytes())
    pdf[pdf.index(b"/MediaBox") + 11] ^= 1
    (folder / "zs.pdf").write_bytes(pdf)
    assert main([str(folder / "zs.pdf")]) == 1
    said = capsys.readouterr().out
    assert said.startswith("结论：不可信")
    assert "签章后文件内容被改动" in said
    assert "文件与存证记录不一致" in said
    assert "（自称，未通过核验）" in said


def test_a_platform_of_ones_own_is_refused(folder, issued, tmp_path_factory, capsys):
    """A forger with a whole platform, same names: seals and log of another authority."""
    data = tmp_path_factory.mktemp("forger")
    forged = EmbeddedSealer(Authority(data, b"pass")).seal(
        typst.compile(b"= certificate", timestamp=1_790_000_000), organization=NORTH, fields=SEALS
    )
    (folder / "zs.pdf").write_bytes(forged)
    (folder / "zs.proof.json").write_text(json.dumps(_proof_of(forged, data)))
    assert main([str(folder / "zs.pdf")]) == 1
    said = capsys.readouterr().out
    assert "公章的签章证书不是由本平台签发" in said
    assert "存证区块不是由本平台的存证日志签名" in said


def test_seal_and_log_must_agree_on_organization_and_time(folder, issued, capsys):
    data, pdf = issued
    (folder / "zs.proof.json").write_text(json.dumps(_proof_of(pdf, data, organization="440106002")))
    assert main([str(folder / "zs.pdf")]) == 1
    assert "签章机构与证书的颁证机构不一致" in capsys.readouterr().out
    (folder / "zs.proof.json").write_text(json.dumps(_proof_of(pdf, data, at=datetime(2026, 1, 1, tzinfo=UTC))))
    assert main([str(folder / "zs.pdf")]) == 1
    assert "签章时间晚于存证时间" in capsys.readouterr().out


def test_a_paper_one_has_the_signature_stamp_alone(folder, issued, capsys):
    data, _ = issued
    page = typst.compile(b"= certificate", timestamp=1_790_000_000)
    pdf = EmbeddedSealer(Authority(data, b"pass")).seal(page, organization=NORTH, fields=SEALS[1:])
    (folder / "zs.pdf").write_bytes(pdf)
    (folder / "zs.proof.json").unlink()
    assert main([str(folder / "zs.pdf")]) == 1
    assert "应有公章、签名章，实有签名章" in capsys.readouterr().out
    assert main([str(folder / "zs.pdf"), "--paper"]) == 0
    for way, code in (("paper", 0), ("electronic", 1)):
        (folder / "zs.proof.json").write_text(json.dumps(_proof_of(pdf, data, way=way)))
        assert main([str(folder / "zs.pdf")]) == code


@pytest.mark.parametrize("content", ["", "not json", "[" * 100_000, "null"])
def test_a_proof_that_is_no_proof_is_refused(folder, content, capsys):
    (folder / "zs.proof.json").write_text(content)
    assert main([str(folder / "zs.pdf")]) == 1
    assert "存证证明文件的内容不完整" in capsys.readouterr().out


def test_a_wrong_call_says_what_is_missing(folder, capsys):
    for arguments, words in (
        ([str(folder / "none.pdf")], "无法读取"),
        ([str(folder / "zs.pdf"), "--trust", str(folder)], "--trust"),
        ([str(folder / "zs.pdf"), "--proof", str(folder / "none.json")], "无法读取"),
    ):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2
        assert words in capsys.readouterr().err
