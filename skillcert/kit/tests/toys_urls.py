"""The addresses of the toy room and of the kit's own pages, of no other room."""

from django.urls import path

from skillcert.kit import web
from skillcert.kit.pages import PAGES

urlpatterns = [
    path(route, page.view, name=page.name)
    for page in PAGES.values() if page.name.startswith("kit.") for route in page.routes()
]  # fmt: skip
handler400, handler403, handler404, handler500 = web.bad_request, web.forbidden, web.not_found, web.server_error
