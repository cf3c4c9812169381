import pytest
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/admin/login/", 200), ("/api/strategies/", 200), ("/nowhere", 404)]
)
def test_paths(path: str, status: int) -> None:
    assert Client().get(path).status_code == status


@pytest.mark.django_db
def test_the_admin_works(admin_client: Client) -> None:
    assert admin_client.get("/admin/").status_code == 200
    assert admin_client.get("/admin/auth/user/").status_code == 200
