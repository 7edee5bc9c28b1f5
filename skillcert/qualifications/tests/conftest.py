"""Who works on the catalogue: an awarding body's 标准与证书, the platform's 目录与机构."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from skillcert.orgs.models import Organization


@pytest.fixture
def body(world: Any) -> Client:
    return world.client_as(world.user(world.body, "标准与证书"))


@pytest.fixture
def platform(world: Any) -> Client:
    return world.client_as(world.user(Organization.objects.create(kind="platform", name="平台"), "目录与机构"))
