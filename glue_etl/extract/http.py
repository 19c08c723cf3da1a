"""Requests to APIs by dlt's REST client: authentication, retries, pauses, and failures in words that hold no secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from dlt.common import pendulum
from dlt.common.configuration.specs import RuntimeConfiguration
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import (
    APIKeyAuth,
    AuthConfigBase,
    BearerTokenAuth,
    HttpBasicAuth,
    OAuth2ClientCredentials,
)
from tenacity import RetryCallState

from glue_etl.core.errors import SourceFailed, SourceWaits
from glue_etl.core.pulling.apis import SECRET_FIELDS, ApiSource, Auth
from glue_etl.core.pulling.scrubbing import Credential, Scrubber
from glue_etl.steps.ports import Log

ATTEMPTS = 6
LONGEST_WAIT = 300.0
"""Seconds that one Retry-After may ask for; whoever asks for more is asked again too early, and says so again."""
CONNECT_SECONDS, READ_SECONDS = 10.0, 60.0
LEAST_TIME = 20.0
"""Seconds that must be left after a pause: to land what was read."""
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, THROTTLED, SERVER_ERROR = 400, 401, 403, 404, 429, 500

Retry = Callable[[requests.Response | None, BaseException | None], bool]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What requests need besides the declaration: the seconds left, a way to wait, certificates, secrets to hide, a log."""

    remaining: Callable[[], float]
    sleep: Callable[[float], None]
    clock: Callable[[], float]
    ca_file: str
    scrubber: Scrubber
    log: Log


class Api:
    """The client of one source. `secret` holds the fields of its secret."""

    def __init__(self, source: ApiSource, base_url: str, secret: Mapping[str, str], around: Surroundings) -> None:
        self._source = source
        self._around = around
        self._host = urlsplit(base_url).hostname or ""
        self._last_request: float | None = None
        self._session = self._new_session()
        config = RuntimeConfiguration(dlthub_telemetry=False, http_show_error_body=False)
        self.scrubber = around.scrubber
        self.credential = Credential(_credential(source.auth, secret))
        self.client = RESTClient(
            base_url=base_url,
            headers={"Accept": "application/json", **source.headers},
            auth=_auth(source.auth, secret, self._session) if source.auth else None,
            session=self._session,
            config=config,
        )

    def _before_request(self) -> None:
        """Keep to `requests_per_minute`, and let no request outlast the invocation."""
        if self._source.requests_per_minute and self._last_request is not None:
            wait = self._last_request + 60 / self._source.requests_per_minute - self._around.clock()
            if wait > 0:
                self._pause(wait)
        self._last_request = self._around.clock()
        left = self._around.remaining() - LEAST_TIME / 2
        self._session.timeout = (CONNECT_SECONDS, max(1.0, min(READ_SECONDS, left)))

    def paginated(self, where: str, **request: Any) -> Iterator[Any]:
        """dlt's pages of `request`, with failures in words."""
        pages = self.client.paginate(allow_redirects=False, **request)
        while True:
            self._before_request()
            try:
                page = next(pages, None)
            except requests.RequestException as error:
                raise self._explained(error, where) from None
            except ValueError as error:
                # dlt's sentences quote the whole answer: only what comes before it is told.
                told = str(error).partition("got")[0].rstrip(" ,")
                raise SourceFailed("pagination", f"{where}: the next page can't be found as declared: {told}") from None
            if page is None:
                return
            yield page

    def check(self, response: requests.Response, resumed: bool, where: str) -> Any:
        """The answer's JSON. Raises SourceFailed for what is none, and for every status but success.

        It is called before the retries look at the answer: what may be tried again is raised as they expect it.
        """
        if _may_pass(response):
            raise requests.HTTPError(response=response)
        if response.status_code >= BAD_REQUEST or response.is_redirect:
            raise self._refused(response, resumed, where)
        try:
            return response.json()
        except ValueError as error:
            kind = response.headers.get("Content-Type", "no Content-Type").partition(";")[0]
            raise SourceFailed(
                "no_json",
                f"{where}: {self._host} answered with what is no JSON ({kind}). Is the address that of the API?",
            ) from error

    def _explained(self, error: requests.RequestException, where: str) -> SourceFailed:
        """A request that got no answer, or the token's refusal, for people."""
        if isinstance(error, requests.HTTPError) and error.response is not None:
            if not _may_pass(error.response):
                # Also a redirect, which is not followed.
                told = f"the address of the token answered {error.response.status_code}: check the secret {self._secret_name!r}"
                return SourceFailed("credentials", f"{where}: {told}")
            return self._refused(error.response, False, where)
        return SourceFailed(*_no_answer(error, self._host, self._source, where))

    @property
    def _secret_name(self) -> str:
        return self._source.auth.secret if self._source.auth else ""

    def _new_session(self) -> Any:
        client = Client(
            raise_for_status=False,
            exceptions=(),
            retry_condition=_worth_another_try,
            request_max_attempts=ATTEMPTS,
            request_max_retry_delay=LONGEST_WAIT,
        )
        session = client.session
        session.verify = self._around.ca_file
        session.trust_env = False  # else variables, and ~/.netrc, would come before what the source declares
        session.send.retry.sleep = self._pause  # type: ignore[attr-defined]
        session.send.retry.before_sleep = self._tell_retry  # type: ignore[attr-defined]
        return session

    def _tell_retry(self, attempt: RetryCallState) -> None:
        """A server that is down costs half a minute of tries: who waits is told of each."""
        outcome, wait = attempt.outcome, attempt.next_action.sleep if attempt.next_action else 0.0
        error = outcome.exception() if outcome else None
        said = type(error).__name__ if error else f"status {outcome.result().status_code}" if outcome else "nothing"
        self._around.log(
            "a request is tried again", host=self._host, said=said, attempt=attempt.attempt_number, of=ATTEMPTS,
            seconds=round(wait, 1),
        )  # fmt: skip

    def _pause(self, seconds: float) -> None:
        if self._around.remaining() - seconds < LEAST_TIME:
            raise SourceWaits(f"{self._host} asks to wait {seconds:.0f} s, longer than this invocation lasts")
        self._around.sleep(seconds)

    def _refused(self, response: requests.Response, resumed: bool, where: str) -> SourceFailed:
        status, host = response.status_code, self._host
        if status == THROTTLED or _rate_limited(response):
            return SourceFailed(
                "throttled", f"{where}: {host} still answers {status} (too many requests) after {ATTEMPTS} tries. "
                "Lower 'requests_per_minute', or pull less often"
            )  # fmt: skip
        if status in (UNAUTHORIZED, FORBIDDEN):
            secret = f"check the secret {self._secret_name!r}" if self._secret_name else "the source declares no 'auth'"
            return SourceFailed(
                "credentials", f"{where}: {host} answered {status}: it does not accept the credentials: {secret}"
            )
        if response.is_redirect:
            return SourceFailed(
                "moved", f"{where}: {host} answered {status}, a redirect. Declare the address that it leads to"
            )
        if status >= SERVER_ERROR:
            return SourceFailed(
                "server_error", f"{where}: {host} still answers {status} after {ATTEMPTS} tries: it is its fault"
            )
        if resumed:
            message = f"{where}: {host} answered {status} to a page's stored place: the window is read from its start"
            return SourceFailed("page_refused", message, page_refused=True)
        if status == NOT_FOUND:
            return SourceFailed(
                "not_found",
                f"{where}: {host} answered 404: there is nothing at {_path(response)}. "
                "Correct the address, or the stream's 'path'",
            )
        return SourceFailed(
            "refused", f"{where}: {host} answered {status} to {_path(response)}: correct the parameters"
        )


class _TokenAuth(OAuth2ClientCredentials):
    """Asks for the token where the declaration says, and nowhere else: a redirect would carry the secret along."""

    def obtain_token(self) -> None:
        answer = self.session.post(self.access_token_url, allow_redirects=False, **self.build_access_token_request())
        if answer.is_redirect:
            raise requests.HTTPError(response=answer)
        answer.raise_for_status()
        document = answer.json()
        self.parse_native_representation(self.parse_access_token(document))
        self.token_expiry = pendulum.now().add(seconds=self.parse_expiration_in_seconds(document))


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address: what credentials are meant for."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _auth(auth: Auth, secret: Mapping[str, str], session: Any) -> AuthConfigBase:
    values = list(_credential(auth, secret).values())
    if auth.type == "bearer":
        return BearerTokenAuth(token=values[0])
    if auth.type == "api_key":
        return APIKeyAuth(name=auth.name, api_key=values[0], location=auth.place)  # type: ignore[arg-type]
    if auth.type == "basic":
        return HttpBasicAuth(username=values[0], password=values[1])
    return _TokenAuth(
        access_token_url=auth.token_url,
        client_id=values[0],
        client_secret=values[1],
        access_token_request_data={"scope": auth.scope} if auth.scope else {},
        session=session,
    )


def _credential(auth: Auth | None, secret: Mapping[str, str]) -> dict[str, str]:
    """What of the secret is sent: its other fields are none of the source's."""
    return {name: _field(auth, secret, name) for name in SECRET_FIELDS[auth.type]} if auth else {}


def _field(auth: Auth, secret: Mapping[str, str], name: str) -> str:
    """A field of the secret; a secret that is no JSON is itself the token or key."""
    whole = secret.get("", "") if len(SECRET_FIELDS[auth.type]) == 1 else ""
    if value := secret.get(name) or whole:
        return value
    fields = ", ".join(sorted(field for field in secret if field)) or "no fields: it is no JSON object"
    raise SourceFailed(
        "secret_field",
        f"the secret {auth.secret!r} has no field {name!r}, which auth {auth.type!r} needs (it has {fields})",
    )


def _worth_another_try(response: requests.Response | None, error: BaseException | None) -> bool:
    """Besides 429 and 5xx: rate limits told by 403, cut connections and time-outs, but not what stays wrong."""
    if response is not None:
        return _rate_limited(response)
    if isinstance(error, requests.exceptions.SSLError):
        return False
    return isinstance(error, requests.ConnectionError | requests.Timeout | requests.exceptions.ChunkedEncodingError)


def _may_pass(response: requests.Response) -> bool:
    """Whether the same request may succeed later."""
    return response.status_code == THROTTLED or response.status_code >= SERVER_ERROR or _rate_limited(response)


def _rate_limited(response: requests.Response) -> bool:
    """GitHub and others answer 403 when a limit is reached, and say so in headers."""
    headers = response.headers
    return response.status_code == FORBIDDEN and (
        "Retry-After" in headers or headers.get("X-RateLimit-Remaining") == "0"
    )


def _no_answer(error: requests.RequestException, host: str, source: ApiSource, where: str) -> tuple[str, str]:
    text = str(error)
    if isinstance(error, requests.exceptions.SSLError):
        reason = re.search(r"certificate verify failed: ([^(]+)", text)
        told = reason[1].strip() if reason else "the connection can't be encrypted as it must be"
        return (
            "tls",
            f"{where}: the certificate of {host} is not accepted: {told}. For a CA of your own name 'ca_secret'",
        )
    if isinstance(error, requests.Timeout):
        return "timeout", f"{where}: {host} did not answer in time, {ATTEMPTS} times"
    if "NameResolutionError" in text or "Name or service not known" in text or "getaddrinfo" in text:
        return "unreachable", f"{where}: there is no host {host}: correct the address{_vpc(source)}"
    if "Connection refused" in text:
        return "unreachable", f"{where}: {host} refuses connections, {ATTEMPTS} times: is it up, and is the port right?"
    return (
        "unreachable",
        f"{where}: the connection to {host} breaks ({type(error).__name__}), {ATTEMPTS} times{_vpc(source)}",
    )


def _vpc(source: ApiSource) -> str:
    return "" if source.vpc else ", or set 'vpc: true' if it is private"


def _path(response: requests.Response) -> str:
    """The address without its query, which may hold a key."""
    return urlsplit(response.url or "").path
