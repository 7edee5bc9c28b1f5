from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "skillcert.home"
    label = "home"
    verbose_name = "工作台"

    def ready(self) -> None:
        from . import shell  # noqa: F401  # the bell of every page
