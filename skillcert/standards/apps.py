from django.apps import AppConfig


class StandardsConfig(AppConfig):
    name = "skillcert.standards"
    label = "standards"
    verbose_name = "标准"
