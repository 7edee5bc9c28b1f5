from django.apps import AppConfig


class IssuingConfig(AppConfig):
    name = "skillcert.issuing"
    label = "issuing"
    verbose_name = "证书发放"
