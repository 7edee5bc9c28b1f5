from django.apps import AppConfig


class OrgsConfig(AppConfig):
    name = "skillcert.orgs"
    label = "orgs"
    verbose_name = "机构"
