from django.apps import AppConfig


class QualificationsConfig(AppConfig):
    name = "skillcert.qualifications"
    label = "qualifications"
    verbose_name = "证书目录"
