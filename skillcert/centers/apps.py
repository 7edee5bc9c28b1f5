from django.apps import AppConfig


class CentersConfig(AppConfig):
    name = "skillcert.centers"
    label = "centers"
    verbose_name = "考核站点与考场"
