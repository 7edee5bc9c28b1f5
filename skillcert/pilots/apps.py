from django.apps import AppConfig


class PilotsConfig(AppConfig):
    name = "skillcert.pilots"
    label = "pilots"
    verbose_name = "试点申报"
