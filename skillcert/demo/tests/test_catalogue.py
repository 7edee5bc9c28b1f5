"""The standing data of the season: enough of everything, and every code right."""

from __future__ import annotations

import pytest

from skillcert.accounts.models import User
from skillcert.accounts.rules import sync_roles
from skillcert.demo.season.catalogue import Catalogue
from skillcert.kit import clock
from skillcert.orgs import codes
from skillcert.orgs.models import AwardingBody, Institution


@pytest.fixture
def catalogue(db):
    sync_roles()
    made = Catalogue(clock.now())
    made.build()
    return made


def test_one_province_has_two_hundred_institutions_each_with_an_administrator(catalogue):
    schools = Institution.objects.select_related("province")
    assert schools.filter(province__province_code="33").count() == 200
    for school in schools:
        secondary = school.school_kind == Institution.SchoolKind.SECONDARY_VOCATIONAL
        assert codes.wrong_region(school.region) == ""
        assert codes.wrong_school_code(school.school_code, region=school.region, secondary=secondary) == ""
    assert not schools.exclude(pk__in=User.objects.filter(role__name="院校管理员").values("organization")).exists()


def test_twenty_awarding_bodies_have_right_codes(catalogue):
    assert AwardingBody.objects.count() == 20
    for body in AwardingBody.objects.all():
        assert codes.wrong_credit_code(body.credit_code) == ""
        assert codes.wrong_organization_code(body.org_code, credit_code=body.credit_code) == ""
