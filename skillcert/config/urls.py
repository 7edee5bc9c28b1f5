"""Every address of the platform: the pages register themselves with the kit."""

from skillcert.kit import pages

urlpatterns = pages.urlpatterns_of_pages() if hasattr(pages, "urlpatterns_of_pages") else []
