"""Chapter 5.2.7 through its pages."""

from __future__ import annotations

import pytest

from skillcert.fees.models import PaymentRequest
from skillcert.fees.tests.test_rules import make
from skillcert.registrations.models import Mode, Registration
from skillcert.registrations.tests.test_rules import register


def text(response) -> str:
    assert response.status_code == 200, response.content.decode()[:500]
    return response.content.decode()


@pytest.mark.rule("R171", "R172", "R173")
def test_by_certificate_plan_first_then_certificate(world):
    register(world, world.candidate())
    client = world.client_as(world.officer)
    page = text(client.get("/fees/requests/by-certificate/"))
    assert "按证书报考生成缴费申请单" in page and "确定" in page and world.plan.name in page
    assert str(world.qualification) not in page
    page = text(client.get("/fees/requests/by-certificate/", {"plan": world.plan.pk, "refresh": "1"}))
    assert str(world.qualification) in page
    client.post("/fees/requests/by-certificate/", {
        "plan": world.plan.pk, "qualification": world.qualification.pk, "once": "00000000-0000-4000-8000-000000000003",
    })
    made = PaymentRequest.objects.get()
    assert f"已生成缴费申请单 {made.number}" in text(client.get("/fees/requests/"))


@pytest.mark.rule("R174", "R175", "R176")
def test_by_subject_offers_only_what_was_registered_by_subject(world):
    register(world, world.candidate())
    client = world.client_as(world.officer)
    assert world.plan.name not in text(client.get("/fees/requests/by-subject/"))
    refused = client.post("/fees/requests/by-subject/", {
        "plan": world.plan.pk, "qualification": world.qualification.pk, "once": "00000000-0000-4000-8000-000000000004",
    })
    assert refused.status_code == 422 and not PaymentRequest.objects.exists()
    register(world, world.candidate(), mode=Mode.SUBJECT)
    assert world.plan.name in text(client.get("/fees/requests/by-subject/"))


def test_a_second_click_makes_no_second_request(world):
    register(world, world.candidate())
    client = world.client_as(world.officer)
    form = {"plan": world.plan.pk, "qualification": world.qualification.pk, "once": "00000000-0000-4000-8000-000000000005"}
    for _ in range(2):
        client.post("/fees/requests/by-certificate/", form)
    assert PaymentRequest.objects.count() == 1


@pytest.mark.rule("R168", "R178")
def test_the_detail_says_where_the_money_goes(world):
    world.plan.bank, world.plan.account = "云州银行示范区支行", "0200004509201234567"
    world.plan.save()
    register(world, world.candidate())
    made = make(world)
    page = text(world.client_as(world.officer).get(f"/fees/requests/{made.pk}/"))
    assert made.number in page and "300.00" in page and "云州银行示范区支行" in page and "0200004509201234567" in page
    assert world.client_as(world.stranger).get(f"/fees/requests/{made.pk}/").status_code == 404


@pytest.mark.rule("R169", "R170")
def test_the_body_confirms_a_batch_after_seeing_its_effect(world):
    register(world, world.candidate())
    made = make(world)
    client = world.client_as(world.examiner)
    assert "批量确认缴费" in text(client.get("/fees/requests/"))
    preview = client.post("/fees/requests/confirm/?list=fees.PaymentRequests", {"keys": str(made.pk)}, follow=True)
    assert "不可撤回" in text(preview)
    url = preview.redirect_chain[-1][0]
    client.post(url, {"once": "00000000-0000-4000-8000-000000000006"})
    assert Registration.objects.get().paid
    assert "已缴费" in text(world.client_as(world.officer).get("/registrations/"))


@pytest.mark.rule("R177", "R179")
def test_buttons_of_an_open_and_a_confirmed_request(world):
    register(world, world.candidate())
    made = make(world)
    client = world.client_as(world.officer)
    page = text(client.get("/fees/requests/"))
    assert "批量导出缴费申请单" in page and f"/fees/requests/delete/{made.pk}/" in page
    PaymentRequest.objects.update(state="confirmed")
    assert f"/fees/requests/delete/{made.pk}/" not in text(client.get("/fees/requests/"))


def test_the_slip_prints(world):
    register(world, world.candidate())
    made = make(world)
    response = world.client_as(world.officer).post(f"/fees/requests/slips/{made.pk}/", {"once": "00000000-0000-4000-8000-000000000007"})
    assert response.status_code == 200 and b"".join(response).startswith(b"%PDF-")
