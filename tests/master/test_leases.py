"""Leases that run out, late attempts, second tries: the rules of design section 4, with a clock that the test moves."""

from __future__ import annotations

import pytest

from hivemind_desktop.contract.states import MAX_ATTEMPTS, Reason
from tests.master.harness import FakeNode, Pool, put_blobs


async def lost(pool: Pool, node: FakeNode) -> None:
    """Its lease runs out; the other nodes were heard meanwhile."""
    await pool.pass_time(pool.rules.lease_s + 1)


async def test_an_expired_attempt_puts_the_task_back(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    claim = await node.claim()
    await lost(pool, node)
    info = await pool.info(task_id)
    assert info.state == "queued"
    assert (info.attempts[0].state, info.attempts[0].reason) == ("expired", "worker_lost")
    # the node may still hold it, so it is not offered the same task again
    await node.heartbeat()
    other = await pool.node()
    second = await other.claim()
    assert (second.attempt.task_id, second.attempt.n) == (task_id, claim.attempt.n + 1)


async def test_heartbeats_keep_the_lease(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    claim = await node.claim()
    for _ in range(5):
        await pool.pass_time(pool.rules.lease_s - 1)
        verdict = (await node.heartbeat(claim.attempt))[0]
        assert not verdict.stale
        assert verdict.lease_s == pool.rules.lease_s
    assert (await pool.info(task_id)).state == "running"


async def test_a_heartbeat_revives_while_nobody_else_has_it(pool: Pool) -> None:
    node, other = await pool.node(), await pool.node(free_slots=0)
    task_id = await pool.submit()
    claim = await node.claim()
    await lost(pool, node)
    await other.heartbeat()
    await other.slots(1)
    offer = await other.offer()
    verdict = (await node.heartbeat(claim.attempt))[0]
    assert (verdict.stale, verdict.lease_s) == (False, pool.rules.lease_s)
    assert (await other.withdrawal()).offer_id == offer.offer_id
    info = await pool.info(task_id)
    assert (info.state, info.attempts[0].state, info.attempts[0].reason) == ("running", "running", "")
    assert (await node.result(claim.attempt)).state == "stored"


async def test_a_late_result_wins_over_a_newer_attempt(pool: Pool) -> None:
    node, other = await pool.node(), await pool.node(free_slots=0)
    task_id = await pool.submit()
    late = await node.claim()
    await lost(pool, node)
    await other.heartbeat()
    await other.slots(1)
    newer = await other.claim()
    # not revived any more, but not dead: it may deliver
    verdict = (await node.heartbeat(late.attempt))[0]
    assert (verdict.stale, verdict.lease_s) == (False, 0)
    assert (await node.log(late.attempt, 0, b"late")).held == 4
    await put_blobs(node.stubs, [b"late result"], late.attempt)
    stored = await node.result(late.attempt, files={"output/a": b"late result"}, log_bytes=4)
    assert stored.state == "stored"
    assert stored.reward >= 1
    cancelled = await other.cancellation()
    assert (cancelled.attempt, cancelled.reason) == (newer.attempt, "stale")
    assert (await other.result(newer.attempt)).state == "stale"
    assert (await other.heartbeat(newer.attempt))[0].stale
    info = await pool.info(task_id)
    assert (info.state, info.winner.n) == ("succeeded", late.attempt.n)
    assert [one.state for one in info.attempts] == ["stored", "cancelled"]


async def test_the_newer_result_wins_when_it_is_first(pool: Pool) -> None:
    node, other = await pool.node(), await pool.node(free_slots=0)
    await pool.submit()
    late = await node.claim()
    await lost(pool, node)
    await other.heartbeat()
    await other.slots(1)
    newer = await other.claim()
    assert (await other.result(newer.attempt)).state == "stored"
    assert (await node.cancellation()).attempt == late.attempt
    assert (await node.result(late.attempt)).state == "stale"
    assert (await node.log(late.attempt, 0, b"late")).stale


@pytest.mark.parametrize("reason", [Reason.ENGINE_LOST, Reason.PREEMPTED])
async def test_a_released_attempt_is_tried_again(pool: Pool, reason: Reason) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    claim = await node.claim()
    for _ in range(2):
        assert (await node.result(claim.attempt, reason)).state == "released"
    assert (await node.result(claim.attempt)).state == "stale"
    assert (await node.heartbeat(claim.attempt))[0].stale
    await pool.pass_time(pool.rules.retry_s + 1)
    again = await node.claim()
    assert (again.attempt.task_id, again.attempt.n) == (task_id, 2)


async def test_counted_tries_end_in_failure_with_the_last_reason(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    for n in range(MAX_ATTEMPTS):
        claim = await node.claim()
        assert claim.attempt.n == n + 1
        await node.result(claim.attempt, Reason.ENGINE_LOST)
        await pool.pass_time(pool.rules.retry_s + 1)
    info = await pool.info(task_id)
    assert (info.state, info.reason) == ("failed", "engine_lost")


async def test_preempted_tries_do_not_count(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    for _ in range(MAX_ATTEMPTS + 2):
        claim = await node.claim()
        await node.result(claim.attempt, Reason.PREEMPTED)
        await pool.pass_time(pool.rules.retry_s + 1)
    assert (await pool.info(task_id)).state == "queued"


async def test_what_a_node_comes_back_without_is_given_back_at_once(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    claim = await node.claim()
    await node.heartbeat(claim.attempt)
    await node.unwatch()
    await node.register()
    info = await pool.info(task_id)
    assert (info.attempts[0].state, info.attempts[0].reason) == ("released", "worker_lost")
    await node.watch(1)
    assert (await node.claim()).attempt.n == 2


async def test_an_unanswered_claim_survives_a_new_registration(pool: Pool) -> None:
    node = await pool.node()
    await pool.submit()
    offer = await node.offer()
    first = await node.claim(offer)
    await node.unwatch()
    await node.register()
    await node.watch(1)
    assert (await node.claim(offer)).attempt == first.attempt


async def test_the_outbox_told_at_registration_revives_its_attempt(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    claim = await node.claim()
    await node.heartbeat(claim.attempt)
    await node.unwatch()
    await lost(pool, node)
    answer = await node.register(outbox=[claim.attempt])
    assert [(one.stale, one.lease_s) for one in answer.verdicts] == [(False, pool.rules.lease_s)]
    assert (await pool.info(task_id)).attempts[0].state == "uploading"
    assert (await node.result(claim.attempt)).state == "stored"
    # the answer was lost: the outbox still has it, and is not told to throw it away unpaid
    answer = await node.register(outbox=[claim.attempt])
    assert not answer.verdicts[0].stale
    assert (await node.result(claim.attempt)).state == "stored"


async def test_an_older_stage_changes_nothing(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    claim = await node.claim()
    await node.heartbeat(claim.attempt, stage="running")
    await node.heartbeat(claim.attempt, stage="preparing")
    await node.heartbeat(claim.attempt, stage="a stage of the future")
    assert (await pool.info(task_id)).attempts[0].stage == "running"


async def test_an_attempt_nobody_made_is_stale(pool: Pool) -> None:
    node = await pool.node()
    await pool.submit()
    claim = await node.claim()
    claim.attempt.n = 7
    assert (await node.heartbeat(claim.attempt))[0].stale
    assert (await node.result(claim.attempt)).state == "stale"
