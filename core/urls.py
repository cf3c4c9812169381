"""HTTP paths. The WebSocket ones are in `routing`."""

from django.contrib import admin
from django.urls import include, path

from .page import page

urlpatterns = [
    path("", page),
    path("api/", include("core.api.urls")),
    path("admin/", admin.site.urls),
]
