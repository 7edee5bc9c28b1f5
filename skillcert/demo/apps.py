from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "skillcert.demo"
    label = "demo"
    verbose_name = "演示"

    def ready(self) -> None:
        from . import shell  # noqa: F401  # puts the demo bar above every page
