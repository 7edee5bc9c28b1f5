from django.apps import AppConfig


class QualificationsConfig(AppConfig):
    name = "skillcert.qualifications"
    label = "qualifications"
    verbose_name = "证书目录"

    def ready(self) -> None:
        from skillcert.accounts.actors import register_scope

        from .owners import Owners

        register_scope(Owners())
