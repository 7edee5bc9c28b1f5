"""撤销导入: what nobody has touched goes, the rest stays, and it is written down."""

from __future__ import annotations

import pytest

from skillcert.candidates import rules
from skillcert.candidates.imports import CollegeImport
from skillcert.candidates.models import Candidate, CandidateBatch
from skillcert.candidates.states import CandidateState as S
from skillcert.kit import gate
from skillcert.kit.audit import AuditEntry
from skillcert.kit.errors import NotAllowed, Refused
from skillcert.kit.jobs import Job, run_job
from skillcert.kit.sheets.records import ImportRecord

from .test_imports import line, run

LIST = "/candidates/imports/"


def dialog_of(record: ImportRecord) -> str:
    return f"{LIST}undo/{record.pk}/"


def confirm(client, record):
    once = dict(client.get(dialog_of(record)).context["hidden"])["once"]
    return client.post(dialog_of(record), {"once": once, "next": ""})


def test_what_nobody_has_touched_is_deleted_and_the_rest_is_kept_and_counted(world):
    run(world, CollegeImport, line(9))
    before = Candidate.objects.get()
    record = run(world, CollegeImport, *(line(n) for n in range(1, 7)))
    rows = list(Candidate.objects.exclude(pk=before.pk).order_by("number"))
    Candidate.objects.filter(pk=rows[0].pk).update(registration_count=1)
    Candidate.objects.filter(pk=rows[1].pk).update(state=S.ACCURATE)
    rules.edit_candidate(actor=world.officer, now=world.now, candidate=rows[2], values={"class_name": "软件 2499"})
    run(world, CollegeImport, line(6, 班级="软件 2498"), line(7))
    client = world.client_as(world.officer)
    assert f'href="{dialog_of(record)}"' in client.get(LIST).content.decode()
    page = client.get(dialog_of(record)).content.decode()
    for text in ("将删除", "2 人", "已有报考，保留", "信息已准确，保留", "导入后已修改或已有照片，保留", "删除后不能恢复"):
        assert text in page
    confirm(client, record)
    kept = set(Candidate.objects.values_list("pk", flat=True))
    assert {before.pk, *(row.pk for row in rows[:3]), rows[5].pk} < kept and len(kept) == 6
    for url in (LIST, f"/candidates/college/import/{record.pk}/"):
        assert "已撤销：删除 2 人，保留 4 人" in client.get(url).content.decode()
    assert AuditEntry.objects.get(action="candidates.import_undone").summary == {"deleted": 2, "kept": 4}
    assert AuditEntry.objects.filter(action="candidates.deleted").count() == 2


def test_it_is_undone_once_and_an_import_that_created_nobody_not_at_all(world):
    record = run(world, CollegeImport, line(1))
    client = world.client_as(world.officer)
    confirm(client, record)
    again = run(world, CollegeImport, line(1))
    assert "只能撤销一次" in client.get(dialog_of(record)).content.decode()
    assert dialog_of(record) not in client.get(LIST).content.decode()
    with pytest.raises(Refused, match="没有可以撤销的"):
        rules.undo_import(actor=world.officer, now=world.now, record=record)
    updating = run(world, CollegeImport, line(1, 班级="软件 2402"))
    assert "更新不能撤销" in client.get(dialog_of(updating)).content.decode()
    assert Candidate.objects.count() == 1 and CandidateBatch.objects.get(undone=False).record == again


def test_nobody_else_undoes_it(world):
    record = run(world, CollegeImport, line(1))
    other = world.client_as(world.user(world.other_school))
    assert other.get(dialog_of(record)).status_code == 404
    assert other.post(dialog_of(record), {"once": "x"}).status_code == 404
    with pytest.raises(NotAllowed):
        rules.undo_import(actor=world.actor(world.school, "只读"), now=world.now, record=record)
    assert Candidate.objects.count() == 1


def test_many_are_undone_by_the_worker_and_a_second_start_does_no_harm(world, monkeypatch):
    monkeypatch.setattr("skillcert.candidates.pages.undo.UndoImport.in_request", 1)
    record = run(world, CollegeImport, line(1), line(2))
    client = world.client_as(world.officer)
    confirm(client, record)
    job = Job.objects.get()
    run_job.func(str(job.pk))
    assert not Candidate.objects.exists()
    assert "撤销导入：删除 2 人，保留 0 人" in client.get(f"/jobs/{job.pk}/").content.decode()
    Job.objects.filter(pk=job.pk).update(state="waiting")
    run_job.func(str(job.pk))
    assert AuditEntry.objects.filter(action="candidates.import_undone").count() == 1


@pytest.mark.parametrize("chunks", [1, 2], ids=["in the middle", "after the last chunk"])
def test_a_worker_killed_while_undoing_is_followed_by_one_that_counts_all(world, monkeypatch, chunks):
    """Killed after the last chunk, nothing is left to delete, and it must still be written down."""
    monkeypatch.setattr("skillcert.candidates.pages.undo.UndoImport.in_request", 1)
    monkeypatch.setattr(gate.chunks, "__defaults__", (2,))
    record = run(world, CollegeImport, *(line(n) for n in range(1, 5)))
    client = world.client_as(world.officer)
    confirm(client, record)
    job = Job.objects.get()
    delete_many, seen = gate.delete_many, []

    def killed(*args, progress, **more):
        def save(outcome):
            progress(outcome)
            seen.append(len(outcome.done))

        def stop(outcome):
            if len(seen) == chunks:
                raise KeyboardInterrupt
            save(outcome)

        outcome = delete_many(*args, progress=stop, **more)
        if len(seen) == chunks:
            raise KeyboardInterrupt
        return outcome

    with monkeypatch.context() as patched:
        patched.setattr(gate, "delete_many", killed)
        with pytest.raises(KeyboardInterrupt):
            run_job.func(str(job.pk))
    assert Candidate.objects.count() == 4 - 2 * chunks
    run_job.func(str(job.pk))
    record.refresh_from_db()
    assert record.sentence == "已撤销：删除 4 人，保留 0 人"
    assert AuditEntry.objects.get(action="candidates.import_undone").summary == {"deleted": 4, "kept": 0}
    assert "删除 4 人，保留 0 人" in client.get(f"/jobs/{job.pk}/").content.decode()
