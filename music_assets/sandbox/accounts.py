"""The sandbox's accounts service: grants, access tokens, the login page."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from music_assets.sandbox.faults import ApiError
from music_assets.sandbox.fiction import Json
from music_assets.sandbox.options import SandboxOptions


class GrantError(Exception):
    """An error of the accounts service, answered with status 400."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.content: Json = {"error": error, "error_description": description}


@dataclass(frozen=True)
class Token:
    """An access token.

    Attributes:
        issued: the moment, in seconds.
        app: to which.
        rights: that a user of the app has granted; none of a token that is no user's.
    """

    issued: float
    app: str
    rights: frozenset[str] = frozenset()


class Accounts:
    """The tokens and authorisation codes that the server has issued, with times in seconds.

    The refresh token has the rights in the options until a login asks for others.
    """

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}
        self._asked: dict[str, tuple[str, str]] = {}
        self._granted = ""

    def authorize(self, options: SandboxOptions, query: Mapping[str, str]) -> str:
        """The address to redirect the browser to: the user always agrees. Raises GrantError."""
        if query.get("client_id") not in options.apps:
            raise GrantError("invalid_client", "Invalid client")
        if query.get("response_type") != "code":
            raise GrantError("unsupported_response_type", "response_type must be code")
        redirect = query.get("redirect_uri", "")
        if not redirect.startswith(("http://127.0.0.1", "https://")):
            raise GrantError("invalid_request", "redirect_uri: Insecure")
        code = secrets.token_urlsafe(24)
        self._asked[code] = redirect, query.get("scope", "")
        answer = {"code": code} | ({"state": query["state"]} if "state" in query else {})
        return f"{redirect}{'&' if '?' in redirect else '?'}{urlencode(answer)}"

    def grant(
        self, options: SandboxOptions, authorization: str, form: Mapping[str, str], now: float
    ) -> Json:
        """The token endpoint's answer to a form. Raises GrantError."""
        app = _client(options, authorization)
        answer: Json = {"token_type": "Bearer", "expires_in": options.expires_in}
        match form.get("grant_type"):
            case "client_credentials":
                return {"access_token": self._issue(Token(now, app)), **answer}
            case "refresh_token":
                if form.get("refresh_token") != options.refresh_token:
                    raise GrantError("invalid_grant", "Refresh token revoked")
            case "authorization_code":
                self._redeem(form)
                answer["refresh_token"] = options.refresh_token
            case _:
                raise GrantError("unsupported_grant_type", "grant_type is missing or unknown")
        scope = self._granted or options.scope
        access_token = self._issue(Token(now, app, frozenset(scope.split())))
        return {"access_token": access_token, "scope": scope, **answer}

    def token(self, options: SandboxOptions, authorization: str, now: float) -> Token:
        """The token that a request names. Raises ApiError 401."""
        scheme, _, access_token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise ApiError(401, "No token provided")
        token = self._tokens.get(access_token)
        if token is None:
            raise ApiError(401, "Invalid access token")
        if now - token.issued >= options.token_seconds:
            raise ApiError(401, "The access token expired")
        return token

    def _redeem(self, form: Mapping[str, str]) -> None:
        asked = self._asked.pop(form.get("code", ""), None)
        if asked is None:
            raise GrantError("invalid_grant", "Invalid authorization code")
        redirect, scope = asked
        if redirect != form.get("redirect_uri"):
            raise GrantError("invalid_grant", "Invalid redirect URI")
        self._granted = scope or self._granted

    def _issue(self, token: Token) -> str:
        access_token = secrets.token_urlsafe(32)
        self._tokens[access_token] = token
        return access_token


def _client(options: SandboxOptions, authorization: str) -> str:
    """The app whose credentials these are. Raises GrantError."""
    for app in options.apps:
        credentials = base64.b64encode(f"{app}:{options.client_secret}".encode())
        if authorization == f"Basic {credentials.decode()}":
            return app
    raise GrantError("invalid_client", "Invalid client")
