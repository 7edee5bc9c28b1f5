"""One object of every kind for the access tests: all of ``world.school`` and ``world.body``."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from skillcert.accounts.models import Role
from skillcert.config.roles import ROLES
from skillcert.fees.models import PaymentRequest
from skillcert.kit import audit
from skillcert.kit.actions import declare
from skillcert.kit.files import StoredFile, store
from skillcert.kit.jobs import Job, JobState, discover
from skillcert.kit.pages import Page
from skillcert.kit.sheets.records import ImportRecord
from skillcert.pilots.models import RoundFile
from skillcert.plans.models import PlanSubject
from skillcert.plans.states import PlanState, SubjectState
from skillcert.privacy.rules import register_in_person
from skillcert.seating.models import RoomArrangement, Seat
from skillcert.weekly.cycles import BEGINNING, WEEK, Setting, cycle_at
from skillcert.weekly.models import ReportFile, WeeklyReport

from .world import World

declare({"tests.touch": "测试"})
PNG, PDF = "image/png", "application/pdf"


class Objects:
    """Made when a page asks for it. ``where(page)`` fills the page's route."""

    def __init__(self, world: World) -> None:
        self.world = world
        discover()  # the pages, for who asks for one before the first request

    def where(self, page: type[Page], names: set[str]) -> dict[str, Any]:
        """The route's values: the object's key, and for tokens and the like some that open nothing."""
        makers: dict[str, Callable[[], Any]] = {
            "qualification": lambda: self.key(page),
            "mark": lambda: "seal", "token": lambda: "x" * 22, "certificate": lambda: 1, "name": lambda: "accounts.Users",
            "file": lambda: uuid.UUID(int=7), "picture": lambda: "1-guide",
        }  # fmt: skip
        return {name: self.key(page) if name == "pk" else makers[name]() for name in sorted(names)}

    def key(self, page: type[Page]) -> Any:
        room, name = page.name.split(".")
        if room == "issuing" and (name.startswith("Phone") or name == "SigningStatus"):
            return uuid.UUID(int=7)
        own = getattr(self, f"of_{name}", None)
        made = own() if own else getattr(self, f"{room}_object")(page)
        return made.pk

    # --- by room -----------------------------------------------------------------------------------
    def accounts_object(self, page: type[Page]) -> Any:
        return self.of_organization(page, self.world.school)

    def of_organization(self, page: type[Page], organization: Any) -> Any:
        """A sub-account or role of its own, in the state that the page is for."""
        if "Role" in page.__name__:
            role, _ = Role.objects.get_or_create(
                organization=organization, organization_kind=organization.kind, name="自建", codes=["orgs.view"]
            )
            return role
        stopped = page.__name__ in ("StartUser", "EditUser", "DeleteUser")
        return self.world.user(organization, list(ROLES[organization.kind])[-1], is_active=not stopped)

    def candidates_object(self, page: type[Page]) -> Any:
        return self.world.candidate(photo=self.world.photo(), state="to_confirm")

    def of_PhotoImportResult(self) -> Any:  # noqa: N802
        return ImportRecord(pk=987654)

    def centers_object(self, page: type[Page]) -> Any:
        return self.world.center if page.name == "centers.ExamCenterDetail" else self.world.room()

    def fees_object(self, page: type[Page]) -> Any:
        world = self.world
        return PaymentRequest.objects.create(
            number="JF20261120000001", plan=world.plan, qualification=world.qualification, institution=world.school,
            awarding_body=world.body, mode="certificate", head_count=1, total=30000, made_by="林知遥", made_at=world.now,
        )  # fmt: skip

    def home_object(self, page: type[Page]) -> Any:
        audit.record("tests.touch", [audit.fact_of(self.world.school)], actor=self.world.officer)
        return audit.AuditEntry.objects.latest("pk")

    def issuing_object(self, page: type[Page]) -> Any:
        if page.__name__.startswith("Sample"):
            return self.world.body
        states = {
            "Body": "body_pending", "Resign": "body_refused", "Center": "center_pending", "Release": "to_release",
            "ReRelease": "seal_failed", "Download": "released",
        }  # fmt: skip
        name = page.__name__
        special = {"BodyResign": "body_refused", "CenterResign": "center_refused"}
        state = special.get(name) or next(
            (s for start, s in states.items() if name.startswith(start)), "center_pending"
        )
        return self.world.certificate(state)

    def kit_object(self, page: type[Page]) -> Any:
        officer = self.world.officer
        if page.name == "kit.FileDownload":
            return store(b"x", shelf="export", name="考生.xlsx", content_type="text/plain", actor=officer, days=1)
        return Job.objects.create(
            kind="kit.batch", label="任务", actor_kind="user", actor_label=officer.label, user_id=officer.id,
            organization_kind="institution", organization_id=officer.organization_id, state=JobState.WAITING,
        )  # fmt: skip

    def orgs_object(self, page: type[Page]) -> Any:
        if "AwardingBod" in page.__name__:
            return self.world.body
        if "Province" in page.__name__:
            return self.world.province
        school = self.world.school
        school.seal = store(b"png", shelf="seal", name="电子签章.png", content_type=PNG, actor=self.world.officer)
        school.save()
        return school

    def pilots_object(self, page: type[Page]) -> Any:
        """A round in the state that the page asks, or the application."""
        name, world = page.__name__, self.world
        if name == "RoundAttachment":
            file = store(b"%PDF-1.7", shelf="round", name="申报通知.pdf", content_type="application/pdf", actor=world.officer)
            return RoundFile.objects.create(round=world.open_round(), file=file)
        if "Round" in name or name == "Apply":
            states = {"PublishRound": "draft", "DeleteRound": "draft", "EditRound": "draft", "ReopenRound": "closed"}
            return world.open_round(state=states.get(name, "published"))
        if name in ("EditApplication", "DeleteApplications"):
            return world.apply(state="draft")
        states = {"FirstReview": "first_review", "FinalReview": "final_review", "RejectApplications": "final_review"}
        return world.apply(state=states[name]) if name in states else world.application

    def plans_object(self, page: type[Page]) -> Any:
        if "Subject" in page.__name__:
            draft = page.__name__ in ("EditSubject", "PublishSubjects")
            return self.world.subject_of(
                "新科目", "N1", "written", state=SubjectState.DRAFT if draft else SubjectState.PUBLISHED
            )
        draft = page.__name__ in ("EditPlan", "PublishPlan")
        return self.world.publish_plan("草稿计划", state=PlanState.DRAFT) if draft else self.world.plan

    def qualifications_object(self, page: type[Page]) -> Any:
        states = {
            "AddMajors": "draft", "DeleteQualifications": "draft", "EditQualification": "draft", "SubmitQualification": "draft",
            "PublishQualification": "in_review", "ReturnQualification": "in_review", "ResumeQualification": "stopped",
        }  # fmt: skip
        if "Revision" in page.__name__ or page.__name__ == "RevisedMajors":
            made = self.world.revision("in_review" if page.__name__ in ("AdoptRevision", "ReturnRevision") else "draft")
            return made.qualification if page.__name__ == "RevisedMajors" else made
        state = states.get(page.__name__)
        return self.world.qualification_of("老年照护", 103, state=state) if state else self.world.qualification

    def registrations_object(self, page: type[Page]) -> Any:
        return self.world.registered()

    def results_object(self, page: type[Page]) -> Any:
        result = self.world.result(final=False)
        if page.name == "results.CorrectScore":
            self.world.clock("publicity")
            return result.registration.scores.first()
        return result.registration

    def standards_object(self, page: type[Page]) -> Any:
        world, name = self.world, page.__name__
        state = "draft" if name.startswith(("Delete", "Edit")) else "disabled" if name.startswith("Enable") else "enabled"
        made = world.center_standard(state=state) if "Center" in name else world.skill_standard(state=state)
        made.file = store(b"%PDF-1.7 %%EOF", shelf="standard", name="标准.pdf", content_type=PDF, actor=world.examiner)
        made.save()
        return made

    def weekly_object(self, page: type[Page]) -> Any:
        """A report from which the page's move starts; for the province one that has been submitted."""
        if page.__name__ == "RemindInstitutions":
            return self.world.school
        state = "draft" if page.__name__ in ("EditReport", "SubmitReport", "DeleteReport") else "in_review"
        week = cycle_at([Setting(BEGINNING, WEEK)], self.world.now)
        made = WeeklyReport.objects.create(
            institution=self.world.school, kind=WEEK, start=week.start, end=week.end, label=week.label, state=state,
            progress="实训", problems="无", next_plan="一场考核", drafted_at=self.world.now, submitted_by="周若溪",
        )  # fmt: skip
        if page.__name__ == "ReportFilePage":
            number = uuid.UUID(int=7)
            file = StoredFile.objects.create(
                id=number, shelf="weekly", name="周若溪.pdf", content_type="application/pdf", size=1, digest="", key="weekly"
            )
            ReportFile.objects.create(report=made, file=file)
        return made

    def privacy_object(self, page: type[Page]) -> Any:
        candidate = self.world.candidate()
        return register_in_person(actor=self.world.officer, now=self.world.now, candidate=candidate, wish="copy", text="")

    def seating_object(self, page: type[Page]) -> Any:
        world = self.world
        session = PlanSubject.objects.filter(plan=world.plan, subject=world.theory).get()
        registration, room = world.registered(), world.room()
        arrangement = RoomArrangement.objects.create(
            plan=world.plan, session=session, room=room, center=world.center, qualification=world.qualification,
            institution=world.school, awarding_body=world.body, occupied=1,
        )  # fmt: skip
        PlanSubject.objects.filter(pk=session.pk).update(registered=1, seated=1)
        entry = registration.subjects.get(session=session)
        Seat.objects.create(
            arrangement=arrangement, entry=entry, registration=registration, plan=world.plan, number=1,
            qualification=world.qualification, institution=world.school, awarding_body=world.body,
        )  # fmt: skip
        by_session = ("SubjectArrangementDetail", "RoomsOfSubject", "SeatSubjects", "UndoSeating")
        return session if page.__name__ in by_session else arrangement
