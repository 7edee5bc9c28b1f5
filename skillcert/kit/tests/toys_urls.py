"""The addresses of the toy room and of the kit's own pages."""

from skillcert.kit import web
from skillcert.kit.pages import urlpatterns_of_pages

urlpatterns = urlpatterns_of_pages()
handler400, handler403, handler404, handler500 = web.bad_request, web.forbidden, web.not_found, web.server_error
