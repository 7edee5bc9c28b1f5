from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "skillcert.accounts"
    label = "accounts"
    verbose_name = "账户"

    def ready(self) -> None:
        from skillcert.kit.access import register_users
        from skillcert.orgs.rules import ON_STOP

        from . import shell  # noqa: F401  # fills the frame of every page
        from .actors import actor_of, actor_of_id
        from .rules import end_sessions_of

        register_users(actor_of_id, actor_of)
        ON_STOP.append(end_sessions_of)
