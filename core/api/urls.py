"""Paths of the login API, below `/api/`."""

from django.urls import path

from .login import AuthTokenLogin, SessionLogin
from .logout import Logout
from .pairs import Strategies
from .simplejwt import Refresh, SimpleJwtLogin
from .ticket import TicketView

urlpatterns = [
    path("login/", AuthTokenLogin.as_view(), name="login"),
    path("login/authtoken/", AuthTokenLogin.as_view(), name="login-authtoken"),
    path("login/simplejwt/", SimpleJwtLogin.as_view(), name="login-simplejwt"),
    path("login/session/", SessionLogin.as_view(), name="login-session"),
    path("refresh/", Refresh.as_view(), name="refresh"),
    path("logout/", Logout.as_view(), name="logout"),
    path("ticket/", TicketView.as_view(), name="ticket"),
    path("strategies/", Strategies.as_view(), name="strategies"),
]
