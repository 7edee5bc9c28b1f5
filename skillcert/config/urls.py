"""Every address of the platform: the pages register themselves with the kit."""

from skillcert.kit.pages import urlpatterns_of_pages

urlpatterns = urlpatterns_of_pages()
