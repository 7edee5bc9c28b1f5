"""The import wizard: one address per import, a step per state of its record; and 导入记录.

    class ImportCandidates(ImportPage):
        manual, url, title = "5.2.3", "candidates/college/import/", "批量导入考生信息"
        spec, back, records = CollegeCandidateImport, CollegeCandidates, "candidates.CandidateImports"

The draft is the record with its sealed parts: the browser may be closed at any step, and the list of records leads
back to it.
"""

from .records import ImportRecordList
from .wizard import ImportPage

__all__ = ["ImportPage", "ImportRecordList"]
