"""Declared screens: what rooms import from here is all they need to write a page."""

from ..exports import Export
from .acts import Act, Batch, Go, Group, Open
from .base import LOGIN, PAGES, PUBLIC, Page, page_named, url_of, urlpatterns_of_pages
from .batch import run_batch  # registers its job
from .columns import Active, ByClock, Col, Figure, Masked, Photo, State, When, active_badge, clock_badge, state_badge
from .detail import DetailPage
from .dialog import Dialog
from .download import Download, FormDownload, Made
from .fields import ChainedChoice, ChainedChoices, Day, KitForm, Moment, NumberText, ReasonField, TextField, WindowField
from .filters import Choice, DateRange, Exact, Filter, IdNumber, Search
from .forms import FormPage
from .list import ListPage, StateTabs, Tab
from .own import ListColumns
from .tidy import remove_old, remove_orphans
from .uploads import UploadField, UploadsField

__all__ = [
    "LOGIN",
    "PAGES",
    "PUBLIC",
    "Act",
    "Active",
    "Batch",
    "ByClock",
    "ChainedChoice",
    "ChainedChoices",
    "Choice",
    "Col",
    "DateRange",
    "Day",
    "DetailPage",
    "Dialog",
    "Download",
    "Exact",
    "Export",
    "Figure",
    "Filter",
    "FormDownload",
    "FormPage",
    "Go",
    "Group",
    "IdNumber",
    "KitForm",
    "ListColumns",
    "ListPage",
    "Made",
    "Masked",
    "Moment",
    "NumberText",
    "Open",
    "Page",
    "Photo",
    "ReasonField",
    "Search",
    "State",
    "StateTabs",
    "Tab",
    "TextField",
    "UploadField",
    "UploadsField",
    "When",
    "WindowField",
    "active_badge",
    "clock_badge",
    "page_named",
    "remove_old", "remove_orphans",
    "run_batch",
    "state_badge",
    "url_of",
    "urlpatterns_of_pages",
]  # fmt: skip
