"""Every address of the platform: the pages register themselves with the kit."""

from django.conf import settings

from skillcert.kit import web
from skillcert.kit.pages import urlpatterns_of_pages

urlpatterns = urlpatterns_of_pages()

if settings.DEBUG:  # every shared template with sample data, for the eye
    from skillcert.kit.tests.look_samples import urlpatterns as look

    urlpatterns += look

handler400, handler403, handler404, handler500 = web.bad_request, web.forbidden, web.not_found, web.server_error
