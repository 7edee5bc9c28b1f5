"""Declared screens: what rooms import from here is all they need to write a page."""

from .acts import Act, Batch, Go, Group, Open
from .base import LOGIN, PAGES, PUBLIC, Page, page_named, url_of, urlpatterns_of_pages
from .batch import run_batch as _run_batch  # registers the job
from .columns import Col, Figure, Masked, Photo, State, When, state_badge
from .detail import DetailPage
from .dialog import Dialog
from .fields import ChainedChoice, Day, KitForm, Moment, NumberText, ReasonField, TextField, WindowField
from .filters import Choice, DateRange, Exact, Filter, IdNumber, Search
from .forms import FormPage
from .list import ListPage, StateTabs, Tab
from .own import ListColumns

__all__ = [
    "LOGIN", "PAGES", "PUBLIC", "Act", "Batch", "ChainedChoice", "Choice", "Col", "DateRange", "Day",
    "DetailPage", "Dialog", "Exact",
    "Figure", "Filter", "FormPage", "Go", "Group", "IdNumber", "KitForm", "ListColumns", "ListPage", "Masked", "Moment",
    "NumberText", "Open", "Page", "Photo", "ReasonField", "Search", "State", "StateTabs", "Tab", "TextField", "When",
    "WindowField", "page_named", "state_badge", "url_of", "urlpatterns_of_pages",
]  # fmt: skip
