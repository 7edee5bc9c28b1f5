"""A body with its seals, and a sealer that can be asked to do its round."""

from __future__ import annotations

from typing import Any

import pytest

from skillcert.integrations.seal.client import PASSPHRASE_VARIABLE
from skillcert.integrations.seal.client import client as seal_client
from skillcert.issuing import rules
from skillcert.issuing.models import Certificate
from skillcert.issuing.sealer import Sealer, passphrase
from skillcert.kit import files
from skillcert.kit.documents import seal_pdf, signature_stamp_pdf
from tests.world import World


class Sealed:
    """``release`` gives a certificate that is sealed and anchored."""

    def __init__(self, world: World) -> None:
        self.world = world
        drawings = (("seal", seal_pdf(world.body.name, "1101080012346")), ("signature_stamp", signature_stamp_pdf("梁婉清")))
        for column, data in drawings:
            file = files.store(data, shelf="seal", name=f"{column}.pdf", content_type="application/pdf", actor=world.examiner)
            setattr(world.body, column, file)
        world.body.save()
        self.sealer = Sealer(passphrase())

    def release(self, certificate: Certificate | None = None, way: str = "electronic", **more: Any) -> Certificate:
        certificate = certificate or self.world.certificate("to_release", **more)
        rules.release(actor=self.world.examiner, now=self.world.now, rows=[certificate.pk], way=way)
        self.sealer.round(self.world.now)
        certificate.refresh_from_db()
        return certificate

    def again(self, certificate: Certificate, way: str = "electronic") -> Certificate:
        rules.re_release(actor=self.world.examiner, now=self.world.now, rows=[certificate.pk])
        return self.release(certificate, way)


@pytest.fixture
def sealed(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "correct horse battery staple")
    seal_client.cache_clear()
    yield Sealed(world)
    seal_client.cache_clear()
