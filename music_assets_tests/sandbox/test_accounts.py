"""Grants, logins and access tokens, as Spotify's accounts service answers them."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest

from music_assets.sandbox.server import SandboxOptions
from music_assets_tests.sandbox.conftest import CLIENT, Client, followed


def test_client_credentials_are_granted_a_token_without_a_user(client: Client) -> None:
    answer = client.token({"grant_type": "client_credentials"}).json()
    assert answer.keys() == {"access_token", "token_type", "expires_in"}
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3600)


def test_a_refresh_token_is_granted_a_users_token(client: Client) -> None:
    answer = client.token({"grant_type": "refresh_token", "refresh_token": "sandbox"}).json()
    assert answer["scope"] == "user-follow-read"
    assert "refresh_token" not in answer


@pytest.mark.parametrize(
    ("auth", "form", "error", "description"),
    [
        (
            ("sandbox", "wrong"),
            {"grant_type": "client_credentials"},
            "invalid_client",
            "Invalid client",
        ),
        (
            CLIENT,
            {"grant_type": "refresh_token", "refresh_token": "old"},
            "invalid_grant",
            "Refresh token revoked",
        ),
        (
            CLIENT,
            {"grant_type": "authorization_code", "code": "guess"},
            "invalid_grant",
            "Invalid authorization code",
        ),
        (CLIENT, {}, "unsupported_grant_type", "grant_type is missing or unknown"),
    ],
)
def test_a_wrong_grant_is_refused_in_spotifys_words(
    client: Client, auth: tuple[str, str], form: dict[str, str], error: str, description: str
) -> None:
    response = client.token(form, auth)
    assert response.status_code == 400
    assert response.json() == {"error": error, "error_description": description}


def test_the_expected_client_and_refresh_token_can_be_set(client: Client) -> None:
    client.server.options = SandboxOptions(
        client_id="me", client_secret="mine", refresh_token="kept"
    )
    form = {"grant_type": "refresh_token", "refresh_token": "kept"}
    assert client.token(form, ("me", "mine")).ok
    assert client.token(form).json()["error"] == "invalid_client"
    assert "mine" not in repr(client.server.options)


def test_the_apps_of_one_account_log_in_each_with_its_own_id(client: Client) -> None:
    client.server.options = SandboxOptions(other_apps=("second",))
    form = {"grant_type": "client_credentials"}
    assert client.token(form, ("sandbox", "sandbox")).ok
    assert client.token(form, ("second", "sandbox")).ok
    assert client.token(form, ("third", "sandbox")).json()["error"] == "invalid_client"
    query = {"response_type": "code", "redirect_uri": "http://127.0.0.1:8888/callback"}
    for app, status in (("second", 302), ("third", 400)):
        page = client.session.get(
            f"{client.server.url}/authorize",
            params=query | {"client_id": app},
            allow_redirects=False,
            timeout=60,
        )
        assert page.status_code == status


def test_the_login_page_sends_the_browser_back_with_a_code_that_works_once(client: Client) -> None:
    redirect = "http://127.0.0.1:8888/callback"
    query = {"client_id": "sandbox", "response_type": "code", "redirect_uri": redirect}
    page = client.session.get(
        f"{client.server.url}/authorize",
        params=query | {"state": "a b"},
        allow_redirects=False,
        timeout=60,
    )
    location = urlsplit(page.headers["Location"])
    answer = parse_qs(location.query)
    assert page.status_code == 302
    assert location._replace(query="").geturl() == redirect
    assert answer["state"] == ["a b"]
    grant = {
        "grant_type": "authorization_code",
        "code": answer["code"][0],
        "redirect_uri": redirect,
    }
    assert client.token(grant).json()["refresh_token"] == "sandbox"
    assert client.token(grant).json()["error"] == "invalid_grant"


def test_a_code_is_bound_to_its_redirect_address(client: Client) -> None:
    query = "client_id=sandbox&response_type=code&redirect_uri=http://127.0.0.1:1/"
    page = client.session.get(
        f"{client.server.url}/authorize?{query}", allow_redirects=False, timeout=60
    )
    code = parse_qs(urlsplit(page.headers["Location"]).query)["code"][0]
    answer = client.token(
        {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://127.0.0.1:2/"}
    )
    assert answer.json()["error_description"] == "Invalid redirect URI"


@pytest.mark.parametrize(
    "query",
    [
        "client_id=other&response_type=code&redirect_uri=http://127.0.0.1:1/",
        "client_id=sandbox&response_type=token&redirect_uri=http://127.0.0.1:1/",
        "client_id=sandbox&response_type=code&redirect_uri=http://localhost:1/",
        "client_id=sandbox&response_type=code",
    ],
)
def test_a_malformed_login_is_refused(client: Client, query: str) -> None:
    address = f"{client.server.url}/authorize?{query}"
    assert client.session.get(address, allow_redirects=False, timeout=60).status_code == 400


def test_without_a_valid_token_nothing_is_answered(client: Client) -> None:
    artist_id = followed(client.server, 0)
    for header, message in (
        ({}, "No token provided"),
        ({"Authorization": "Bearer made-up"}, "Invalid access token"),
    ):
        client.headers = header
        assert client.error(f"artists/{artist_id}/albums") == (401, message)
    assert client.server.stats.unauthorised == 2
    assert not client.server.calls


def test_an_access_token_expires_however_long_it_claimed_to_last(client: Client) -> None:
    client.server.options = SandboxOptions(token_seconds=0.2)
    client.login(grant_type="refresh_token", refresh_token="sandbox")
    assert client.get("me/following", type="artist").ok
    time.sleep(0.2)
    assert client.error("me/following", type="artist") == (401, "The access token expired")
