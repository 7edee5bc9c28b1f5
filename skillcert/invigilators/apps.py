from django.apps import AppConfig


class InvigilatorsConfig(AppConfig):
    name = "skillcert.invigilators"
    label = "invigilators"
    verbose_name = "监考人员"
