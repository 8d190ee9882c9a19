"""A call that the master answers with no: status, code and fields; anything else that leaves a service is a bug."""

from __future__ import annotations

import grpc

from hivemind_desktop.wire.faults import encode_fault


class CallRefused(Exception):
    """`code` and `fields` go to the caller, who words them."""

    def __init__(self, status: grpc.StatusCode, code: str, **fields: str | int | float) -> None:
        super().__init__(status, code, fields)
        self.status = status
        self.code = code
        self.details = encode_fault(code, fields)


def not_found(code: str, **fields: str | int | float) -> CallRefused:
    return CallRefused(grpc.StatusCode.NOT_FOUND, code, **fields)


def invalid(code: str, **fields: str | int | float) -> CallRefused:
    return CallRefused(grpc.StatusCode.INVALID_ARGUMENT, code, **fields)


def forbidden(code: str, **fields: str | int | float) -> CallRefused:
    return CallRefused(grpc.StatusCode.PERMISSION_DENIED, code, **fields)


def precondition(code: str, **fields: str | int | float) -> CallRefused:
    return CallRefused(grpc.StatusCode.FAILED_PRECONDITION, code, **fields)


def exhausted(code: str, **fields: str | int | float) -> CallRefused:
    return CallRefused(grpc.StatusCode.RESOURCE_EXHAUSTED, code, **fields)
