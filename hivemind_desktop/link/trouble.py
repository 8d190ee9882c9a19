"""A gRPC status becomes one known error. What the master said in its JSON details wins over the bare status."""

from __future__ import annotations

import grpc

from hivemind_desktop.errors import KnownError
from hivemind_desktop.wire.faults import decode_fault

_CODES = {
    grpc.StatusCode.UNAVAILABLE: "link.down",
    grpc.StatusCode.DEADLINE_EXCEEDED: "link.down",
    grpc.StatusCode.CANCELLED: "link.down",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "link.busy",
    grpc.StatusCode.ABORTED: "link.busy",
    grpc.StatusCode.UNAUTHENTICATED: "link.refused",
    grpc.StatusCode.PERMISSION_DENIED: "link.refused",
    grpc.StatusCode.UNIMPLEMENTED: "link.not_a_master",
}
_TEMPORARY = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.ABORTED,
    }
)
_REFUSALS = frozenset(
    {
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.UNIMPLEMENTED,
    }
)
_GARBAGE = ("failed parsing http/2", "http1.x server", "http2 header with status")
_NO_HOST = ("errors resolving", "dns resolution failed", "domain name not found")
_RESERVED = frozenset({"self", "code", "usage", "refusal", "temporary"})
_MAX_DETAIL = 300


class CallFailed(KnownError):
    """`refusal`: somebody answered and said no; it helps only when the owner does something. `temporary`: the call may be repeated as it is."""

    def __init__(
        self, code: str, *, refusal: bool = False, temporary: bool = False, **fields: str | int | float
    ) -> None:
        super().__init__(code, usage=False, **fields)
        self.refusal = refusal
        self.temporary = temporary


def known(error: grpc.RpcError, address: str) -> CallFailed:
    """What a failed call to `address` (HOST:PORT) means.

    Codes of our own: link.down, link.unknown_host, link.busy, link.not_a_master, link.refused, link.master_failed; any other is the master's.
    """
    failed: object = error
    if not isinstance(failed, grpc.Call):
        raise error  # no call failed: a bug of ours
    status, details = failed.code(), failed.details() or ""
    code = _CODES.get(status, "link.master_failed")
    fields: dict[str, str] = {"address": address, "status": status.name, "detail": details[:_MAX_DETAIL]}
    refusal, temporary = status in _REFUSALS, status in _TEMPORARY
    low = details.lower()
    if (told := decode_fault(details)) is not None:
        # a wrong token is the link's trouble whatever the master calls it, but for a join link, which can be asked for anew
        if status is grpc.StatusCode.UNAUTHENTICATED and not told[0].startswith("enrol."):
            fields["detail"] = told[0]
        else:
            code = told[0]
            fields = {"address": address, **{k: v for k, v in told[1].items() if k not in _RESERVED}}
    elif any(mark in low for mark in _GARBAGE):
        code, refusal, temporary = "link.not_a_master", True, False
    elif code == "link.down" and any(mark in low for mark in _NO_HOST):
        code = "link.unknown_host"
    return CallFailed(code, refusal=refusal, temporary=temporary, **fields)


def is_refusal(error: KnownError) -> bool:
    return isinstance(error, CallFailed) and error.refusal


def is_temporary(error: KnownError) -> bool:
    return isinstance(error, CallFailed) and error.temporary


def text_fields(error: KnownError) -> dict[str, str]:
    """The fields as events carry them."""
    return {name: str(value) for name, value in error.fields.items()}
