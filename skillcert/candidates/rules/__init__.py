"""Chapter 5.2.3: keeping, verifying and deleting candidates, and what other rooms note on them."""

from .consenting import consents_of, declaration_of, lacking, record_consents, withdraw_consents, without_guardian
from .keeping import (
    DELETABLE,
    FIRST_YEAR,
    LOCKED,
    LOCKED_SENTENCE,
    Imported,
    candidate_numbers,
    change_candidates,
    count_registrations,
    create_candidate,
    delete_candidates,
    derived,
    edit_candidate,
    import_candidates,
    is_complete,
)
from .photos import (
    MOST_ZIP,
    PHOTO_IMPORT,
    PhotoFile,
    PhotoResult,
    fail_photo_import,
    finish_photo_import,
    import_photos,
    keep_report,
    open_photo_import,
    read_report,
    store_photo,
)
from .undoing import UNDOABLE, created_by, undo_import, undo_preview
from .verifying import confirm_candidate, verify_candidates

__all__ = [
    "DELETABLE", "FIRST_YEAR", "LOCKED", "LOCKED_SENTENCE", "MOST_ZIP", "PHOTO_IMPORT", "UNDOABLE", "Imported",
    "PhotoFile", "PhotoResult", "candidate_numbers", "change_candidates", "confirm_candidate", "consents_of",
    "count_registrations", "create_candidate", "created_by", "declaration_of", "delete_candidates", "derived",
    "edit_candidate", "fail_photo_import", "finish_photo_import", "import_candidates", "import_photos", "is_complete",
    "keep_report", "lacking", "open_photo_import", "read_report", "record_consents", "store_photo",
    "undo_import", "undo_preview", "verify_candidates", "withdraw_consents", "without_guardian",
]  # fmt: skip
