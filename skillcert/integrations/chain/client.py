"""What the platform asks of the place where roots are anchored, and which one the settings name.

Settings: CHAIN "log" (default): the signed log of this platform, shown as 单节点存证日志 and never as 区块链, since one
operator could rewrite it whole; what makes it honest is that its head is published. CHAIN "evm": a chain that speaks
Ethereum's JSON-RPC (FISCO BCOS 3, Besu, geth): CHAIN_EVM = {"url": ..., "key_file": ..., "chain_id": ...}.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from skillcert.integrations.chain.log import SignedLog, Store, open_log_key

LOG_NAME = "单节点存证日志"


class ChainUnavailable(Exception):
    """Nothing was anchored, or it is not known yet; what waits stays 待上链 and is tried again."""


@dataclass(frozen=True)
class Anchored:
    """Where a root stands: 区块高度, 块哈希, 交易哈希 (None in the log, which has no transactions), 时间."""

    height: int
    block_hash: bytes
    tx_hash: bytes | None
    time: datetime

    def tx_of(self, leaf: bytes) -> bytes:
        """The 交易哈希 shown for one entry: the chain's transaction, or in the log the entry's own leaf hash."""
        return self.tx_hash if self.tx_hash is not None else leaf


class Chain(Protocol):
    """A place for roots."""

    def anchor(self, root: bytes, *, count: int) -> Anchored:
        """Fix the Merkle root (32 bytes) over `count` leaves. Raises ChainUnavailable."""


class LogChain:
    """The signed log as a chain."""

    def __init__(self, log: SignedLog) -> None:
        self.log = log

    def anchor(self, root: bytes, *, count: int) -> Anchored:
        """Append one signed block."""
        block = self.log.append(root, count)
        return Anchored(block.header.height, block.hash, None, block.header.time)


def client(store: Store, passphrase: bytes) -> Chain:
    """The chain that the settings name; the log keeps its blocks in the store of the caller.

    Only the sealer has the passphrase that opens the log's key.
    """
    from django.conf import settings

    kind = getattr(settings, "CHAIN", "log")
    if kind == "log":
        return LogChain(SignedLog("certificates", store, open_log_key(Path(settings.DATA), passphrase)))
    if kind == "evm":
        from skillcert.integrations.chain.evm import EvmChain

        return EvmChain(**getattr(settings, "CHAIN_EVM", {}))
    raise ChainUnavailable(f"设置 CHAIN 的值 {kind!r} 无法识别，可用 log 或 evm")
