"""Which driver the settings choose; and the sealer's keys stay with the process that has the passphrase."""

import pytest

from skillcert.integrations.chain import client as chain
from skillcert.integrations.chain.log import log_keys_in
from skillcert.integrations.identity import client as identity
from skillcert.integrations.seal import client as seal
from skillcert.integrations.sms import client as sms
from skillcert.integrations.sms.embedded import open_outbox
from skillcert.integrations.storage import client as storage

CACHED = (identity.client, seal.client, sms.client)


@pytest.fixture
def platform(settings, tmp_path):
    """Settings over an empty data folder, with nothing remembered from before or kept for after."""
    for made in CACHED:
        made.cache_clear()
    settings.DATA = tmp_path
    yield settings
    for made in CACHED:
        made.cache_clear()


def test_the_defaults_work_on_this_machine(platform):
    key = storage.client().put([b"photo"])
    assert (platform.DATA / "files" / key[:2] / key[2:4] / key).read_bytes() == b"photo"
    sms.client().send("13800136021", "验证码 402913")
    assert open_outbox(platform.DATA).recent()[0].text == "验证码 402913"
    assert identity.client().compare("周若溪", "11010519491231002X", b"").code == identity.NO_SUCH_ID
    assert storage.client() is storage.client()


def test_only_the_process_with_the_passphrase_seals(platform, monkeypatch):
    monkeypatch.delenv(seal.PASSPHRASE_VARIABLE, raising=False)
    with pytest.raises(seal.SealUnavailable, match="只有签章进程可以盖章"):
        seal.client()
    monkeypatch.setenv(seal.PASSPHRASE_VARIABLE, "secret")
    seal.client().authority.root()
    assert len(list(seal.trust_folder().glob("root-*.pem"))) == 1


def test_the_log_is_the_default_chain(platform):
    class Store:
        kept = None

        def head(self):
            return self.kept

        def append(self, block):
            self.kept = block

    store = Store()
    anchored = chain.client(store, b"secret").anchor(bytes(32), count=1)
    assert anchored.block_hash == store.kept.hash
    assert store.kept.is_signed_by(log_keys_in(seal.trust_folder()))


@pytest.mark.parametrize(
    ("name", "ask", "failure"),
    [
        ("STORAGE", storage.client, storage.StorageError),
        ("IDENTITY", identity.client, identity.IdentityUnavailable),
        ("SMS", sms.client, sms.SmsFailed),
        ("SEAL", seal.client, seal.SealUnavailable),
        ("CHAIN", lambda: chain.client(None, b""), chain.ChainUnavailable),
    ],
)
def test_an_unknown_driver_names_the_setting(platform, name, ask, failure):
    setattr(platform, name, "typo")
    with pytest.raises(failure, match=f"设置 {name} 的值 'typo' 无法识别"):
        ask()


def test_the_threshold_is_a_setting(platform):
    if hasattr(platform, "IDENTITY_THRESHOLD"):
        del platform.IDENTITY_THRESHOLD
    assert identity.threshold() == 70
    platform.IDENTITY_THRESHOLD = 84
    assert identity.threshold() == 84
    just_below = identity.Comparison(83.99, identity.COMPARED, "")
    assert not just_below.passes(identity.threshold())
