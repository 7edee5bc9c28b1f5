"""The EVM driver against a stand-in node: what it sends, what it reads back, what it does without an answer."""

import json
import sys
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace

import pytest

from skillcert.integrations.chain.client import ChainUnavailable
from skillcert.integrations.chain.evm import EvmChain
from skillcert.integrations.tests.answering import answering

ROOT = bytes(range(32))


class StandInAccount:
    """As much of eth_account.Account as the driver calls; its signed form is the transaction as JSON."""

    address = "0x" + "ab" * 20

    @classmethod
    def from_key(cls, key):
        assert key == "0x" + "11" * 32
        return cls()

    def sign_transaction(self, transaction):
        raw = json.dumps(transaction | {"data": transaction["data"].hex()}).encode()
        return SimpleNamespace(raw_transaction=raw)


class Node:
    """Keeps what it is sent; gives a receipt at the second question."""

    def __init__(self, status="0x1", mined=True):
        self.sent, self.asked, self.status, self.mined = [], 0, status, mined

    def __call__(self, body, headers):
        return 200, json.dumps(
            {"jsonrpc": "2.0", "id": 1, "result": getattr(self, body["method"])(*body["params"])}
        ).encode()

    def eth_getTransactionCount(self, address, tag):  # noqa: N802
        return "0x5"

    def eth_gasPrice(self):  # noqa: N802
        return "0x0"

    def eth_chainId(self):  # noqa: N802
        return "0x4ee8"

    def eth_sendRawTransaction(self, raw):  # noqa: N802
        self.sent.append(json.loads(bytes.fromhex(raw[2:])))
        return "0x" + "cd" * 32

    def eth_getTransactionReceipt(self, tx_hash):  # noqa: N802
        self.asked += 1
        if self.asked < 2 or not self.mined:
            return None
        return {"blockNumber": "0x1f", "blockHash": "0x" + "ef" * 32, "status": self.status}

    def eth_getBlockByNumber(self, number, full):  # noqa: N802
        return {"number": number, "hash": "0x" + "ef" * 32, "timestamp": hex(1_790_000_000)}

    def eth_getTransactionByHash(self, tx_hash):  # noqa: N802
        return {"blockNumber": "0x1f", "input": "0x" + (b"CERT1" + ROOT).hex()}


@pytest.fixture
def key_file(tmp_path, monkeypatch):
    module = ModuleType("eth_account")
    module.Account = StandInAccount
    monkeypatch.setitem(sys.modules, "eth_account", module)
    file = tmp_path / "key"
    file.write_text("0x" + "11" * 32 + "\n")
    return str(file)


def test_a_root_goes_out_as_a_legacy_transaction_and_its_block_comes_back(key_file):
    node = Node()
    with answering(node) as url:
        chain = EvmChain(url, key_file)
        anchored = chain.anchor(ROOT, count=3)
        assert chain.holds(anchored.tx_hash, ROOT)
        assert not chain.holds(anchored.tx_hash, bytes(32))
    assert node.sent == [
        {"nonce": 5, "gasPrice": 0, "gas": 100_000, "to": StandInAccount.address, "value": 0,
         "data": (b"CERT1" + ROOT).hex(), "chainId": 20200}
    ]  # fmt: skip
    assert (anchored.height, anchored.block_hash, anchored.tx_hash) == (31, b"\xef" * 32, b"\xcd" * 32)
    assert anchored.time == datetime.fromtimestamp(1_790_000_000, UTC)
    assert anchored.tx_of(b"leaf") == b"\xcd" * 32


def test_a_failed_or_unmined_transaction_is_unavailable(key_file):
    with answering(Node(status="0x0")) as url, pytest.raises(ChainUnavailable, match="未成功"):
        EvmChain(url, key_file).anchor(ROOT, count=1)
    with answering(Node(mined=False)) as url, pytest.raises(ChainUnavailable, match="尚未出块"):
        EvmChain(url, key_file, wait=0).anchor(ROOT, count=1)


def test_an_error_of_the_node_is_passed_on(key_file):
    def refuse(body, headers):
        return 200, json.dumps({"error": {"message": "insufficient funds"}}).encode()

    with answering(refuse) as url, pytest.raises(ChainUnavailable, match="insufficient funds"):
        EvmChain(url, key_file).anchor(ROOT, count=1)
    with answering(lambda body, headers: (502, b"")) as url, pytest.raises(ChainUnavailable, match="HTTP 502"):
        EvmChain(url, key_file).anchor(ROOT, count=1)


def test_without_the_optional_package_the_sentence_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "eth_account", None)
    with pytest.raises(ChainUnavailable, match="pip install eth-account"):
        EvmChain("http://127.0.0.1:1/", str(tmp_path / "key"))
