"""Headers that tell browsers what an answer may do, and other sites what they may do with it."""

from starlette.types import Message

Raw = list[tuple[bytes, bytes]]

PRIVATE = "/admin"
"""What stands below is no open data: no script of another site may read it."""

EXPOSED = (
    "Accept-Ranges, Content-Range, ETag, Link, RateLimit, RateLimit-Policy, Repr-Digest, Retry-After, X-Request-Id"
)
"""Headers that a script on another site may read besides the usual ones."""
EVERYWHERE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": EXPOSED,
    "Cross-Origin-Resource-Policy": "cross-origin",
}
CLOSED = {"Cross-Origin-Resource-Policy": "same-origin"}
ENCRYPTED = {"Strict-Transport-Security": "max-age=31536000"}
"""Where the public URL is https: for a year. Not its subdomains, which are not ours to speak for."""

DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Content security policy of everything that is no page; pages set their own."""
UNUSED = ("accelerometer", "camera", "geolocation", "gyroscope", "magnetometer", "microphone", "payment", "usb")
PAGE: Raw = [
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", ", ".join(f"{name}=()" for name in UNUSED).encode()),
]
"""Of pages besides their policy: no other window may reach into them, and they use nothing of the device."""


def is_private(path: str) -> bool:
    """Whether a path is for operators alone."""
    return path.startswith(PRIVATE) and path[len(PRIVATE) : len(PRIVATE) + 1] in ("", "/")


def common_headers(base_url: str, private: bool) -> Raw:
    """What every answer has."""
    named = EVERYWHERE | (CLOSED if private else OPEN) | (ENCRYPTED if base_url.startswith("https:") else {})
    return [(name.lower().encode(), value.encode()) for name, value in named.items()]


def dress(start: Message, common: Raw, request_id: str) -> Message:
    """The start of an answer with its common headers, and those that belong to its kind."""
    headers: Raw = [*start["headers"], *common, (b"x-request-id", request_id.encode())]
    policy = page = False
    vary = None
    for place, (name, value) in enumerate(start["headers"]):
        if name == b"vary":
            vary = place
        elif name == b"content-security-policy":
            policy = True
        elif name == b"content-type":
            page = value.startswith(b"text/html")
    # Compression says so itself, but not for short answers, and those without a body.
    if vary is None:
        headers.append((b"vary", b"Accept-Encoding"))
    elif b"accept-encoding" not in headers[vary][1].lower():
        headers[vary] = (b"vary", headers[vary][1] + b", Accept-Encoding")
    # Not of 304, which would change the policy of the page that a browser has kept.
    if not policy and start["status"] != 304:
        headers.append((b"content-security-policy", DATA_POLICY.encode()))
    return {**start, "headers": headers + PAGE if page else headers}


def preflight(allowed: str, private: bool) -> dict[str, str]:
    """The answer to OPTIONS, for a path with these methods."""
    if private:
        return {"Allow": allowed, "Cache-Control": "no-store"}
    return {
        "Allow": allowed,
        "Access-Control-Allow-Methods": allowed,
        "Access-Control-Allow-Headers": "*",
        "Access-Control-Max-Age": "86400",
    }
