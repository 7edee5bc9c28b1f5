"""Chapters 1 and 8.1: signing in, one's own account, the accounts and roles of an organization."""

from .administrators import (
    DROP_ADMINISTRATOR,
    EDIT_ADMINISTRATOR,
    RESET_ADMINISTRATOR,
    RESUME_ADMINISTRATOR,
    START_ADMINISTRATOR,
    STOP_ADMINISTRATOR,
    awaiting,
    drop_administrator,
    edit_administrator,
    import_administrators,
    managers,
    open_administrator,
    reset_administrator,
    resume_administrator,
    start_administrator,
    stop_administrator,
)
from .codes import MOST_OF_ASKER, send_phone_code, spend_phone_code, try_phone_code
from .factor import (
    check_second_step,
    confirm_enrolment,
    drop_factor,
    enrolment_uri,
    factor_of,
    must_enrol,
    pending_factor,
    present_code,
    start_enrolment,
)
from .login import (
    WRONG,
    Attempt,
    Sum,
    check_login,
    end_session,
    end_sessions,
    end_sessions_of,
    move_session,
    note_logout,
    open_session,
    sum_for,
)
from .own import change_password, edit_own, try_old_password
from .passwords import change_policy, check_new_password, demand_change_of_old, policy_of
from .roles import (
    MAINTAINED,
    NOT_OWN,
    ROLE_WITHIN,
    UNUSED,
    assignable,
    create_role,
    delete_role,
    edit_role,
    grantable,
    roles_of,
    sync_roles,
)
from .users import (
    DELETE,
    EDIT,
    RESET,
    START,
    STOP,
    active_managers,
    create_user,
    delete_user,
    edit_user,
    import_users,
    managing_roles,
    needs_code,
    reset_password,
    start_user,
    stop_user,
)
from .vouching import ask_vouch, check_vouch

__all__ = [
    "DELETE", "DROP_ADMINISTRATOR", "EDIT", "EDIT_ADMINISTRATOR", "MAINTAINED", "MOST_OF_ASKER", "NOT_OWN", "RESET",
    "RESET_ADMINISTRATOR", "RESUME_ADMINISTRATOR", "ROLE_WITHIN", "START", "START_ADMINISTRATOR", "STOP",
    "STOP_ADMINISTRATOR", "UNUSED", "WRONG", "Attempt", "Sum", "active_managers", "ask_vouch", "assignable", "awaiting",
    "change_password", "change_policy", "check_login", "check_new_password", "check_second_step", "check_vouch",
    "confirm_enrolment", "create_role", "create_user", "delete_role", "delete_user", "demand_change_of_old",
    "drop_administrator", "drop_factor", "edit_administrator", "edit_own", "edit_role", "edit_user", "end_session",
    "end_sessions", "end_sessions_of", "enrolment_uri", "factor_of", "grantable", "import_administrators",
    "import_users", "managers", "managing_roles", "move_session", "must_enrol", "needs_code", "note_logout",
    "open_administrator", "open_session", "pending_factor", "policy_of", "present_code", "reset_administrator",
    "reset_password", "resume_administrator", "roles_of", "send_phone_code", "spend_phone_code", "start_administrator",
    "start_enrolment", "start_user", "stop_administrator", "stop_user", "sum_for", "sync_roles", "try_old_password",
    "try_phone_code",
]  # fmt: skip
