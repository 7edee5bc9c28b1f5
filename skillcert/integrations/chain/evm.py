"""Roots as data of a transaction on a chain that speaks Ethereum's JSON-RPC: FISCO BCOS 3 (web3_rpc), Besu, geth.

Legacy transactions with the chain's own gas price and chain id, sent to the account's own address; data is the mark
CERT1 and the 32 bytes of the root. eth-account signs them and is not among the locked packages: an operator who
wants this driver installs it beside them. FISCO BCOS must have `[web3_rpc] enable=true`, and chains with national
cryptography (sm_crypto) do not fit. Written from the published interface and tried on a development node;
tested here against a stand-in server.
"""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from skillcert.integrations.chain.client import Anchored, ChainUnavailable
from skillcert.integrations.http import OutOfReach, post_json

MARK = b"CERT1"
GAS = 100_000


class EvmChain:
    """Settings CHAIN_EVM: `url`, `key_file` (32 bytes as hex), `chain_id`, `timeout` and `wait` in seconds.

    `wait` is how long a receipt is waited for; PBFT blocks are final once they are there.
    """

    def __init__(
        self, url: str, key_file: str, chain_id: int | None = None, timeout: float = 10.0, wait: float = 60.0
    ) -> None:
        try:
            from eth_account import Account
        except ImportError as error:
            raise ChainUnavailable("使用 EVM 链存证需要先安装 eth-account：pip install eth-account") from error
        self.account = Account.from_key(Path(key_file).read_text().strip())
        self.url = url
        self.timeout = timeout
        self.wait = wait
        self._chain_id = chain_id

    def anchor(self, root: bytes, *, count: int) -> Anchored:
        """Send the root and wait for its block. `count` is not sent: the proof's header carries it."""
        if len(root) != 32:
            raise ValueError("a root has 32 bytes")
        address = self.account.address
        transaction = {
            "nonce": int(self._ask("eth_getTransactionCount", address, "pending"), 16),
            "gasPrice": int(self._ask("eth_gasPrice"), 16),
            "gas": GAS,
            "to": address,
            "value": 0,
            "data": MARK + root,
            "chainId": self._chain_id or int(self._ask("eth_chainId"), 16),
        }
        signed = self.account.sign_transaction(transaction)
        tx_hash = self._ask("eth_sendRawTransaction", "0x" + bytes(signed.raw_transaction).hex())
        receipt = self._receipt(tx_hash)
        block = self._ask("eth_getBlockByNumber", receipt["blockNumber"], False)
        if receipt.get("status") != "0x1" or block["hash"] != receipt["blockHash"]:
            raise ChainUnavailable(f"链上交易 {tx_hash} 未成功，请平台运维在链上核对")
        return Anchored(
            height=int(block["number"], 16),
            block_hash=_from_hex(block["hash"]),
            tx_hash=_from_hex(tx_hash),
            time=_block_time(int(block["timestamp"], 16)),
        )

    def holds(self, tx_hash: bytes, root: bytes) -> bool:
        """Does the chain hold a transaction of this hash that carries this root? For the nightly check."""
        found = self._ask("eth_getTransactionByHash", "0x" + tx_hash.hex())
        return bool(found) and found.get("blockNumber") is not None and _from_hex(found["input"]) == MARK + root

    def _receipt(self, tx_hash: str) -> dict[str, Any]:
        until = time.monotonic() + self.wait
        while True:
            receipt = self._ask("eth_getTransactionReceipt", tx_hash)
            if receipt and receipt.get("blockNumber"):
                found: dict[str, Any] = receipt
                return found
            if time.monotonic() >= until:
                raise ChainUnavailable(f"交易 {tx_hash} 已发送，尚未出块，稍后将自动核对")
            time.sleep(min(0.2, self.wait))

    def _ask(self, method: str, *params: Any) -> Any:
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        try:
            answer = post_json(self.url, question, timeout=self.timeout)
        except OutOfReach as error:
            raise ChainUnavailable(f"区块链节点暂不可用（{error}），稍后将自动重试") from error
        if not isinstance(answer, dict) or "result" not in answer:
            message = answer.get("error", {}).get("message", "") if isinstance(answer, dict) else ""
            raise ChainUnavailable(f"区块链节点拒绝了 {method}（{message or '应答无法识别'}），请平台运维核对节点")
        return answer["result"]


def _from_hex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _block_time(stamp: int) -> datetime:
    """Ethereum writes seconds, FISCO BCOS milliseconds."""
    return datetime.fromtimestamp(stamp / 1000 if stamp > 10**11 else stamp, UTC)
