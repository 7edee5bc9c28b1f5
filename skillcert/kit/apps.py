from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "skillcert.kit"
    label = "kit"
    verbose_name = "平台基座"
