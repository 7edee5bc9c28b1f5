"""A request goes its way: proven by a code, answered in time, carried out or refused, and the person is told."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from skillcert.candidates.models import Candidate, Consent
from skillcert.integrations.sms.embedded import open_outbox
from skillcert.kit.audit import AuditEntry
from skillcert.kit.errors import NotAllowed, Refused
from skillcert.kit.jobs import Job, run_job
from skillcert.kit.notices import Notice
from skillcert.privacy import rules
from skillcert.privacy.models import PersonalRequest, Way, Wish
from skillcert.privacy.rules.asking import WRONG
from skillcert.privacy.states import RequestState
from tests.world import id_number

pytestmark = pytest.mark.django_db
ASK, PROGRESS, COPY = "/privacy/request/", "/privacy/progress/", "/privacy/copy/"
PHONE = "13800006021"


def said(response: Any) -> str:
    return response.content.decode()


def texts(phone: str = PHONE) -> list[str]:
    return [one.text for one in open_outbox(Path(settings.DATA)).recent(50) if one.phone == phone]


def run_jobs() -> None:
    for job in Job.objects.filter(kind="privacy.proof", state="waiting"):
        run_job.func(str(job.pk))


def code_for(client: Client, candidate: Candidate, url: str = ASK, **more: Any) -> str:
    """Press 发送验证码 and read the phone."""
    answer = client.post(url, {"name": candidate.name, "id_number": candidate.id_number, "act": "code", **more})
    assert answer.status_code == 200 and "验证码已发往登记的手机号" in said(answer)
    run_jobs()
    return re.search(r"\d{6}", texts()[0])[0]  # type: ignore[index]


def ask(client: Client, candidate: Candidate, code: str, wish: str = "copy", text: str = "") -> Any:
    typed = {"name": candidate.name, "id_number": candidate.id_number, "code": code, "wish": wish, "text": text}
    return client.post(ASK, {**typed, "act": "go"})


def registered(world: Any, wish: str, **more: Any) -> PersonalRequest:
    candidate = more.pop("candidate", None) or world.candidate()
    return rules.register_in_person(actor=world.officer, now=world.now, candidate=candidate, wish=wish, text="", **more)


# --- a person asks -------------------------------------------------------------------------------------
def test_a_person_asks_with_a_code_to_the_phone_on_record_and_gets_a_receipt(world, client):
    candidate = world.candidate()
    answer = ask(client, candidate, code_for(client, candidate), "correct", "姓名拼音应为 ZHOU RUO XI")
    made = PersonalRequest.objects.get()
    assert made.number in said(answer) and "请记下受理单号" in said(answer)
    assert (made.way, made.text, made.due_at) == (Way.ONLINE, "姓名拼音应为 ZHOU RUO XI", world.now + timedelta(days=15))
    assert Notice.objects.get(organization_id=world.school.pk).code == "privacy.handle"
    entry = AuditEntry.objects.get(action="privacy.asked")
    assert (entry.actor_label, entry.object_label) == ("考生本人", made.number)
    assert candidate.name not in str(entry.summary)


def test_nobody_learns_who_is_known(world, client):
    """Unknown, wrong name and no phone are answered alike, and no message goes out."""
    known = world.candidate()
    quiet = world.candidate("林知遥", phone="")
    pages = []
    asked = [(known.name, known.id_number), ("没有人", id_number(777)), (quiet.name, quiet.id_number), ("别人", known.id_number)]
    for name, number in asked:
        answer = client.post(ASK, {"name": name, "id_number": number, "act": "code"})
        page = re.sub(r"""value="[^"]*"|data-until="[^"]*"|hx-headers='[^']*'""", "", said(answer))
        pages.append((answer.status_code, page))
        wrong = client.post(ASK, {"name": name, "id_number": number, "code": "000000", "wish": "copy", "act": "go"})
        assert wrong.status_code == 422 and WRONG in said(wrong)
    assert len(set(pages)) == 1
    assert Job.objects.filter(kind="privacy.proof").count() == 4
    run_jobs()
    assert len(texts()) == 1 and not PersonalRequest.objects.exists()


def test_a_code_is_good_once_and_only_for_its_phone(world, client):
    candidate, other = world.candidate(), world.candidate("林知遥", phone="13900001111")
    code = code_for(client, candidate)
    assert WRONG in said(ask(client, other, code))
    assert ask(client, candidate, code).status_code == 200
    assert WRONG in said(ask(client, candidate, code, "delete"))
    assert PersonalRequest.objects.count() == 1


def test_codes_are_limited_by_asker_and_by_person(world, client, settings):
    settings.PORTAL_LIMITS = {"privacy-code": (9, 600), "privacy-code-of": (2, 600)}
    candidate = world.candidate()
    answers = [client.post(ASK, {"name": candidate.name, "id_number": candidate.id_number, "act": "code"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429] and "查询过于频繁" in said(answers[2])
    assert f'value="{candidate.name}"' in said(answers[2])  # what was typed stays


def test_records_with_another_phone_are_not_touched(world, client):
    """Whoever holds the phone that one school wrote down does not reach what another school keeps."""
    mine = world.candidate()
    world.candidate(institution=world.other_school, id_number=mine.id_number, phone="13900001111")
    Candidate.objects.filter(pk=mine.pk).update(updated_at=world.now + timedelta(days=400))
    ask(client, mine, code_for(client, mine))
    assert [one.institution for one in PersonalRequest.objects.all()] == [world.school]


def test_the_same_wish_is_taken_once_at_a_time(world, client):
    candidate = world.candidate()
    ask(client, candidate, code_for(client, candidate))
    registered(world, Wish.DELETE, candidate=candidate)
    with pytest.raises(Refused, match="正在处理"):
        registered(world, Wish.COPY, candidate=candidate)


def test_a_correction_says_what_is_wrong(world, client):
    candidate = world.candidate()
    answer = ask(client, candidate, code_for(client, candidate), "correct")
    assert answer.status_code == 422 and "请写明哪一项不对" in said(answer)


# --- its progress --------------------------------------------------------------------------------------
def test_progress_needs_receipt_and_name(world, client):
    request = registered(world, Wish.DELETE)
    page = said(client.post(PROGRESS, {"number": request.number, "name": request.name, "act": "go"}))
    assert "待处理" in page and "云州职业技术学院" in page and request.phone not in page
    for number, name in ((request.number, "别人"), ("2026112699999999", request.name)):
        answer = client.post(PROGRESS, {"number": number, "name": name, "act": "go"})
        assert answer.status_code == 422 and "没有查到这件申请" in said(answer)


# --- the institution answers ---------------------------------------------------------------------------
def post(client: Client, url: str, **data: Any) -> Any:
    return client.post(url, {"once": str(uuid4()), **data})


def test_the_clerk_registers_who_comes_in_and_answers_through_the_pages(world, django_capture_on_commit_callbacks):
    candidate, desk = world.candidate(), world.client_as(world.officer)
    typed = {"candidate_number": candidate.number, "wish": "correct", "text": "班级应为软件 2402"}
    assert "请勾选“已核对本人（或其监护人、受托人）的证件原件”。" in said(post(desk, "/privacy/register/", **typed))
    assert post(desk, "/privacy/register/", **typed, seen="on").status_code == 303
    request = PersonalRequest.objects.get()
    assert request.way == Way.IN_PERSON
    listed = said(desk.get("/privacy/requests/?tab=pending"))
    assert request.number in listed and "班级应为软件 2402" in said(desk.get(f"/privacy/requests/{request.pk}/"))
    assert "个人信息申请待答复" in said(desk.get("/todos/"))
    with django_capture_on_commit_callbacks(execute=True):
        assert post(desk, f"/privacy/fulfil/{request.pk}/", answer="班级已改为软件 2402").status_code == 303
    request.refresh_from_db()
    assert (request.state, request.answer, request.closed_at) == (RequestState.DONE, "班级已改为软件 2402", world.now)
    assert request.number in texts()[0] and "2402" not in texts()[0]


def test_a_number_of_another_school_is_not_found(world):
    other = world.candidate(institution=world.other_school)
    answer = post(world.client_as(world.officer), "/privacy/register/", candidate_number=other.number, wish="copy", seen="on")
    assert answer.status_code == 422 and "本院校没有这个考生编号" in said(answer)


def test_a_deletion_takes_the_candidate_and_what_the_audit_kept_beside_it(world):
    candidate = world.candidate()
    world.client_as(world.officer).post(f"/candidates/{candidate.pk}/", {"reveal": "id_number"})
    request = registered(world, Wish.DELETE, candidate=candidate)
    done = rules.fulfil_request(actor=world.officer, now=world.now, request=request)
    assert not Candidate.objects.filter(pk=candidate.pk).exists() and done.candidate is None
    entries = AuditEntry.objects.filter(object_type="candidates.candidate", object_id=str(candidate.pk))
    assert entries.count() >= 2 and all(not entry.detail.values for entry in entries if hasattr(entry, "detail"))
    assert all(entry.digest == entry.compute_digest() and entry.detail_holds for entry in entries)  # proofs stand
    kept = "".join(f"{entry.object_label}{entry.summary}" for entry in AuditEntry.objects.all())
    assert candidate.name not in kept and candidate.id_number not in kept


def test_a_consent_is_withdrawn_through_the_page_and_the_photo_goes(world):
    candidate = world.candidate(photo=world.photo(), state="unverified")
    request, desk = registered(world, Wish.WITHDRAW, candidate=candidate), world.client_as(world.officer)
    assert "请选择撤回哪一项同意。" in said(post(desk, f"/privacy/fulfil/{request.pk}/"))
    assert post(desk, f"/privacy/fulfil/{request.pk}/", subjects="photo").status_code == 303
    candidate.refresh_from_db()
    assert candidate.photo is None and Consent.objects.get(candidate=candidate, subject="photo").withdrawn_at == world.now


def test_who_is_registered_is_not_deleted_and_is_told_why(world, django_capture_on_commit_callbacks):
    request = registered(world, Wish.DELETE, candidate=world.candidate(registration_count=1))
    desk = world.client_as(world.officer)
    answer = post(desk, f"/privacy/fulfil/{request.pk}/")
    assert answer.status_code == 422 and "请改为“不予处理”" in said(answer)
    request.refresh_from_db()
    assert request.state == RequestState.PENDING and request.candidate is not None
    with django_capture_on_commit_callbacks(execute=True):
        assert post(desk, f"/privacy/refuse/{request.pk}/", reason="已有报考记录，须供核验").status_code == 303
    page = said(Client().post(PROGRESS, {"number": request.number, "name": request.name, "act": "go"}))
    assert "不予处理" in page and "已有报考记录，须供核验" in page
    assert len(texts()) == 1


def test_a_refusal_needs_its_reason(world):
    request = registered(world, Wish.DELETE)
    with pytest.raises(Refused, match="须写明理由"):
        rules.refuse_requests(actor=world.officer, now=world.now, requests=[request.pk], reason=" ")


def test_another_school_and_other_roles_do_not_answer(world):
    request = registered(world, Wish.DELETE)
    with pytest.raises(NotAllowed):
        rules.fulfil_request(actor=world.without(world.officer, "privacy.handle"), now=world.now, request=request)
    assert world.client_as(world.stranger).get(f"/privacy/requests/{request.pk}/").status_code == 404
    assert world.client_as(world.actor(world.school, "只读")).get("/privacy/requests/").status_code == 403


def test_the_page_says_how_long_is_left(world):
    request, desk = registered(world, Wish.COPY), world.client_as(world.officer)
    assert "15 天后截止" in said(desk.get(f"/privacy/requests/{request.pk}/"))
    world.clock(request.due_at + timedelta(days=2))
    assert "已逾期 2 天" in said(desk.get(f"/privacy/requests/{request.pk}/"))


# --- the copy ------------------------------------------------------------------------------------------
def take(client: Client, request: PersonalRequest, candidate: Candidate, code: str) -> Any:
    typed = {"number": request.number, "name": candidate.name, "id_number": candidate.id_number, "code": code}
    return client.post(COPY, {**typed, "act": "go"})


def test_the_copy_is_taken_with_receipt_and_a_fresh_code(world, client):
    result = world.result()
    candidate = result.registration.candidate
    ask(client, candidate, code_for(client, candidate))
    request = PersonalRequest.objects.get()
    PhoneCodes.forget()
    code = code_for(client, candidate, COPY, number=request.number)
    early = take(client, request, candidate, code)
    assert early.status_code == 422 and "没有可下载的副本" in said(early)
    rules.fulfil_request(actor=world.officer, now=world.now, request=request)
    page = said(client.post(PROGRESS, {"number": request.number, "name": request.name, "act": "go"}))
    assert "下载个人信息副本" in page and COPY in page
    PhoneCodes.forget()
    made = take(client, request, candidate, code_for(client, candidate, COPY, number=request.number))
    assert made["Content-Type"] == "application/pdf" and made["Cache-Control"] == "private, no-store"
    assert made.getvalue().startswith(b"%PDF-")


def test_the_copy_is_there_for_thirty_days(world, client):
    candidate = world.candidate()
    request = registered(world, Wish.COPY, candidate=candidate)
    done = rules.fulfil_request(actor=world.officer, now=world.now, request=request)
    until = rules.copy_until(done)
    assert until == world.now + timedelta(days=30)
    code = code_for(client, candidate, COPY, number=request.number)
    world.clock(until + timedelta(seconds=1))
    assert "下载期（30 天）已过" in said(take(client, request, candidate, code))


def test_the_clerk_hands_out_a_copy_and_the_audit_says_so(world):
    request = registered(world, Wish.COPY)
    answer = world.client_as(world.officer).post(f"/privacy/give-copy/{request.pk}/")
    assert answer["Content-Type"] == "application/pdf"
    assert AuditEntry.objects.filter(action="kit.download", object_label=request.number).exists()
    delete = registered(world, Wish.DELETE)
    assert "没有副本" in said(world.client_as(world.officer).post(f"/privacy/give-copy/{delete.pk}/"))


class PhoneCodes:
    """A minute passes: a code is not sent twice within one."""

    @staticmethod
    def forget() -> None:
        from skillcert.accounts.models import PhoneCode

        for code in PhoneCode.objects.all():
            PhoneCode.objects.filter(pk=code.pk).update(at=code.at - timedelta(seconds=61))


