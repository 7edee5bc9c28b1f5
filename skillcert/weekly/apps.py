from django.apps import AppConfig


class WeeklyConfig(AppConfig):
    name = "skillcert.weekly"
    label = "weekly"
    verbose_name = "周报"
