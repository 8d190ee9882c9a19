"""The one gate before every call: who may call what, by the comments of the contract; what is not in the table is refused to everybody.

It also turns a refusal into a status, and a bug into a line in the log and a status that gives nothing away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import Any, TypeAlias

import grpc

from hivemind_desktop.master.callers import CALLER, Caller, CallerKind, Tokens
from hivemind_desktop.master.refused import CallRefused
from hivemind_desktop.master.store.journal import StoreFailed
from hivemind_desktop.wire.records import BrokenMessage

log = logging.getLogger("hivemind_desktop.master")

_NODE = frozenset({CallerKind.NODE})
_ADMIN = frozenset({CallerKind.ADMIN})
_PEOPLE = frozenset({CallerKind.ADMIN, CallerKind.SENDER})
_ALL = frozenset(CallerKind)

POLICY: dict[str, frozenset[CallerKind]] = {
    "/hivemind.v1.NodeService/RegisterNode": _NODE,
    "/hivemind.v1.NodeService/Heartbeat": _NODE,
    "/hivemind.v1.NodeService/ReportNodeStatus": _NODE,
    "/hivemind.v1.NodeService/Watch": _NODE,
    "/hivemind.v1.TaskService/AssignTask": _NODE,
    "/hivemind.v1.TaskService/SubmitTaskResult": _NODE,
    "/hivemind.v1.TaskService/CancelTask": _PEOPLE,
    "/hivemind.v1.TaskService/RefuseOffer": _NODE,
    "/hivemind.v1.TaskService/ReportAttempt": _NODE,
    "/hivemind.v1.TaskService/SetFreeSlots": _NODE,
    "/hivemind.v1.TransferService/StatBlobs": _ALL,
    "/hivemind.v1.TransferService/PutBlobs": _ALL,
    "/hivemind.v1.TransferService/GetBlobs": _ALL,
    "/hivemind.v1.TransferService/StatLog": _NODE,
    "/hivemind.v1.TransferService/AppendLog": _NODE,
    "/hivemind.v1.EnrolService/Leave": _NODE,
    "/hivemind.v1.SubmitService/SubmitTask": _PEOPLE,
    "/hivemind.v1.SubmitService/GetTask": _PEOPLE,
    "/hivemind.v1.SubmitService/ListTasks": _PEOPLE,
    "/hivemind.v1.SubmitService/WatchTask": _PEOPLE,
    "/hivemind.v1.SubmitService/ReadLog": _PEOPLE,
    "/hivemind.v1.SubmitService/GetResult": _PEOPLE,
    "/hivemind.v1.AdminService/CreateInvite": _ADMIN,
    "/hivemind.v1.AdminService/ListNodes": _ADMIN,
    "/hivemind.v1.AdminService/ChangeNode": _ADMIN,
    "/hivemind.v1.AdminService/AddToken": _ADMIN,
    "/hivemind.v1.AdminService/ListTokens": _ADMIN,
    "/hivemind.v1.AdminService/RevokeToken": _ADMIN,
}

OPEN = frozenset({"/hivemind.v1.EnrolService/Enrol"})
"""Open to everybody; Enrol checks a token of its own."""
OPEN_SERVICES = ("/grpc.reflection.v1.", "/grpc.reflection.v1alpha.", "/grpc.health.v1.")

Details = grpc.HandlerCallDetails
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class Guard(grpc.aio.ServerInterceptor):
    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._streams: set[asyncio.Task[Any]] = set()

    def end_streams(self) -> None:
        """The master ends: every stream is told so with UNAVAILABLE, which clients take up again elsewhere or later."""
        streams = list(self._streams)
        self._streams.clear()
        for task in streams:
            task.cancel()

    async def intercept_service(
        self, continuation: Callable[[Details], Awaitable[Handler | None]], handler_call_details: Details
    ) -> Handler:
        method = handler_call_details.method
        handler = await continuation(handler_call_details)
        if handler is not None and method.startswith(OPEN_SERVICES):
            return handler
        caller: Caller | None = None
        refusal: CallRefused | None = None
        if method not in OPEN:
            try:
                caller = self._admit(method, handler_call_details, exists=handler is not None)
            except CallRefused as refused:
                refusal = refused
        if handler is None:
            refusal = refusal or CallRefused(grpc.StatusCode.UNIMPLEMENTED, "call.unknown", call=method)
            handler = grpc.unary_unary_rpc_method_handler(_never)
        return _guarded(handler, method, caller, refusal, self._streams)

    def _admit(self, method: str, details: Details, *, exists: bool) -> Caller:
        caller = self._authenticate(details)
        if caller is None:
            raise CallRefused(grpc.StatusCode.UNAUTHENTICATED, "call.no_token")
        if exists and caller.kind not in POLICY.get(method, frozenset()):
            raise CallRefused(
                grpc.StatusCode.PERMISSION_DENIED, "call.not_yours", call=method.rpartition("/")[2]
            )
        return caller

    def _authenticate(self, details: Details) -> Caller | None:
        told = [value for name, value in details.invocation_metadata or () if name == "authorization"]
        if len(told) != 1 or not isinstance(told[0], str):
            return None
        scheme, _, token = told[0].partition(" ")
        if scheme.lower() != "bearer" or len(token) > 512:
            return None
        return self._tokens.caller(token)


def _never(request: object, context: object) -> object:
    raise AssertionError("the guard lets nobody here")


def _guarded(
    handler: Handler,
    method: str,
    caller: Caller | None,
    refusal: CallRefused | None,
    streams: set[asyncio.Task[Any]],
) -> Handler:
    behaviour: Any = (
        handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
    )
    streaming = handler.request_streaming or handler.response_streaming

    @contextmanager
    def entered() -> Iterator[None]:
        if refusal is not None:
            raise refusal
        if caller is not None:
            CALLER.set(caller)
        task = asyncio.current_task()
        if not streaming or task is None:
            yield
            return
        streams.add(task)
        try:
            yield
        except asyncio.CancelledError:
            if task in streams:
                raise
            raise CallRefused(grpc.StatusCode.UNAVAILABLE, "master.ending") from None
        finally:
            streams.discard(task)

    async def answer(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        try:
            with entered():
                return await behaviour(request, context)
        except Exception as error:
            await _abort(context, method, error)

    async def stream(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[Any]:
        try:
            with entered():
                async with aclosing(behaviour(request, context)) as messages:
                    async for message in messages:
                        yield message
        except Exception as error:
            await _abort(context, method, error)

    if handler.response_streaming:
        make = (
            grpc.stream_stream_rpc_method_handler
            if handler.request_streaming
            else grpc.unary_stream_rpc_method_handler
        )
        return make(stream, handler.request_deserializer, handler.response_serializer)
    make_one = (
        grpc.stream_unary_rpc_method_handler
        if handler.request_streaming
        else grpc.unary_unary_rpc_method_handler
    )
    return make_one(answer, handler.request_deserializer, handler.response_serializer)


async def _abort(context: grpc.aio.ServicerContext[Any, Any], method: str, error: Exception) -> None:
    """End the call with a status; raises always."""
    if isinstance(error, CallRefused):
        refused = error
    elif isinstance(error, grpc.aio.AbortError):
        raise error
    elif isinstance(error, BrokenMessage):
        refused = CallRefused(grpc.StatusCode.INVALID_ARGUMENT, "call.broken_message", field=str(error))
    elif isinstance(error, StoreFailed):
        refused = CallRefused(grpc.StatusCode.UNAVAILABLE, "master.store_failed")
    else:
        log.error("a bug in %s", method, exc_info=error)
        refused = CallRefused(grpc.StatusCode.INTERNAL, "master.bug", call=method.rpartition("/")[2])
    await context.abort(refused.status, refused.details)
