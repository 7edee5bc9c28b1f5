from django.apps import AppConfig


class RegistrationsConfig(AppConfig):
    name = "skillcert.registrations"
    label = "registrations"
    verbose_name = "报考"
