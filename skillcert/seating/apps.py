from django.apps import AppConfig


class SeatingConfig(AppConfig):
    name = "skillcert.seating"
    label = "seating"
    verbose_name = "排考"
