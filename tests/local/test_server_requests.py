"""How the local cloud's server treats connections and callers, seen from a plain socket."""

from __future__ import annotations

import socket
from http.client import HTTPResponse
from urllib.parse import urlsplit

import pytest

from local.cloud import LocalCloud

QUERY = b'{"Name": "x", "Database": "d", "QueryString": "select 1"}'
SIGNED = b"Authorization: AWS4-HMAC-SHA256 Credential=t/20240131/us-east-1/athena/aws4_request, SignedHeaders=host, Signature=x"


@pytest.fixture
def connection(lambda_cloud: LocalCloud):
    address = urlsplit(lambda_cloud.endpoint)
    with socket.create_connection((address.hostname, address.port), timeout=60) as opened:
        yield opened


def request(head: bytes = b"Host: 127.0.0.1", body: bytes = QUERY, length: bytes = b"") -> bytes:
    length = length or b"Content-Length: %d" % len(body)
    kind = b"X-Amz-Target: AmazonAthena.CreateNamedQuery\r\nContent-Type: application/x-amz-json-1.1"
    return b"\r\n".join((b"POST / HTTP/1.1", head, SIGNED, kind, length, b"", body))


def answer(connection: socket.socket, method: str = "POST") -> tuple[int, bytes, dict[str, str]]:
    response = HTTPResponse(connection, method=method)
    response.begin()
    return response.status, response.read(), {name.lower(): value for name, value in response.getheaders()}


def test_a_connection_serves_one_call_after_the_other(connection: socket.socket):
    for _ in range(50):
        connection.sendall(request())
        status, body, headers = answer(connection)
        assert (status, b"NamedQueryId" in body, headers.get("connection")) == (200, True, None)


def test_a_body_in_parts_or_in_chunks_is_read_to_its_end_before_the_next_call(connection: socket.socket):
    whole = request()
    connection.sendall(whole[:-20])
    connection.sendall(whole[-20:])
    assert answer(connection)[0] == 200
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(QUERY), QUERY)
    connection.sendall(request(body=chunked, length=b"Transfer-Encoding: chunked"))
    assert answer(connection)[0] == 200
    connection.sendall(request())
    assert answer(connection)[0] == 200


def test_a_refused_call_leaves_the_connection_whole(connection: socket.socket):
    """moto answers some calls without a look at their body; the next call begins behind it all the same."""
    connection.sendall(request(head=b"Host: evil.example", body=b"x" * 100_000))
    assert answer(connection)[0] == 403
    connection.sendall(request())
    assert answer(connection)[0] == 200


def test_a_head_has_the_length_and_no_body(lambda_cloud: LocalCloud, connection: socket.socket):
    store = lambda_cloud.client("s3")
    store.create_bucket(Bucket="kept-connections")
    store.put_object(Bucket="kept-connections", Key="k", Body=b"12345")
    signed = SIGNED.replace(b"athena", b"s3")
    for _ in range(2):
        connection.sendall(b"HEAD /kept-connections/k HTTP/1.1\r\nHost: 127.0.0.1\r\n" + signed + b"\r\n\r\n")
        status, body, headers = answer(connection, "HEAD")
        assert (status, body, headers["content-length"]) == (200, b"", "5")


def test_who_waits_for_the_word_to_go_on_gets_it(connection: socket.socket):
    connection.sendall(request(head=b"Host: 127.0.0.1\r\nExpect: 100-continue", body=b"", length=b"Content-Length: 57"))
    assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
    connection.sendall(QUERY)
    assert answer(connection)[0] == 200


@pytest.mark.parametrize(
    "head",
    [
        b"Host: localhost:4566",
        b"Host: bucket.s3.amazonaws.com",
        b"Host: bucket.s3.localhost:4566",
        b"Host: 127.0.0.1:1\r\nOrigin: http://localhost:8000",
        b"Host: 127.0.0.1\r\nSec-Fetch-Site: same-origin",
    ],
)
def test_programs_and_local_pages_are_served(connection: socket.socket, head: bytes):
    connection.sendall(request(head))
    assert answer(connection)[0] != 403


@pytest.mark.parametrize(
    "head",
    [
        b"Host: rebound.example:4566",
        b"Host: localhost.example",
        b"Host: amazonaws.com.example",
        b"Host: 127.0.0.1\r\nOrigin: https://evil.example",
        b"Host: 127.0.0.1\r\nOrigin: null",
        b"Host: 127.0.0.1\r\nSec-Fetch-Site: cross-site",
    ],
)
def test_foreign_pages_are_not_served(connection: socket.socket, head: bytes):
    connection.sendall(request(head))
    status, body, headers = answer(connection)
    assert (status, "access-control-allow-origin" in headers) == (403, False)
    assert b"local cloud" in body
