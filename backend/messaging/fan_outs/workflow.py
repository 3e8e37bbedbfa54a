"""The life of a large sending as one pure table: state × step → state."""

from enum import StrEnum


class FanOutState(StrEnum):
    """Where a large sending stands."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"


STATE_LABELS = {
    FanOutState.RUNNING: "发送中",
    FanOutState.PAUSED: "已暂停",
    FanOutState.CANCELLED: "已取消",
    FanOutState.DONE: "已完成",
}


class FanOutStep(StrEnum):
    """What can be done; `finish` is the bot's own, and `reopen` follows when something that died is retried."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    FINISH = "finish"
    REOPEN = "reopen"


NOBODYS = frozenset({FanOutStep.FINISH, FanOutStep.REOPEN})

TABLE: dict[tuple[FanOutState, FanOutStep], FanOutState] = {
    (FanOutState.RUNNING, FanOutStep.PAUSE): FanOutState.PAUSED,
    (FanOutState.RUNNING, FanOutStep.CANCEL): FanOutState.CANCELLED,
    (FanOutState.RUNNING, FanOutStep.FINISH): FanOutState.DONE,
    (FanOutState.DONE, FanOutStep.REOPEN): FanOutState.RUNNING,
    (FanOutState.PAUSED, FanOutStep.RESUME): FanOutState.RUNNING,
    (FanOutState.PAUSED, FanOutStep.CANCEL): FanOutState.CANCELLED,
}


def next_state(state: FanOutState, step: FanOutStep) -> FanOutState | None:
    """Where a step leads; None where it is not allowed."""
    return TABLE.get((state, step))


def steps_from(state: FanOutState) -> list[FanOutStep]:
    """What a person may do in a state."""
    return [step for (at, step) in TABLE if at is state and step not in NOBODYS]
