from django.apps import AppConfig


class QualificationsConfig(AppConfig):
    name = "skillcert.qualifications"
    label = "qualifications"
    verbose_name = "证书目录"

    def ready(self) -> None:
        from skillcert.accounts.actors import register_scope

        from .models import QualificationOwner

        register_scope(
            lambda user: frozenset(
                QualificationOwner.objects.filter(user=user).values_list("qualification_id", flat=True)
            )
        )
