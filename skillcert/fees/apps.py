from django.apps import AppConfig


class FeesConfig(AppConfig):
    name = "skillcert.fees"
    label = "fees"
    verbose_name = "缴费"
