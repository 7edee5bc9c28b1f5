"""Addresses for bench/list_page.py: the platform's pages and the admin."""

from django.contrib import admin
from django.urls import path

from bench import list_sides  # noqa: F401  # registers both sides
from skillcert.kit.pages import PAGES

urlpatterns = [path(route, page.view) for page in PAGES.values() for route in page.routes()]
urlpatterns += [path("admin/", admin.site.urls)]
