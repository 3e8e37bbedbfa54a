"""What texts about orders are put together from."""

from backend.messaging.texts.shape import Facts, Text, short_moment


def page_of(facts: Facts) -> str:
    """Where the order is read."""
    return f"pages/order/detail?number={facts['number']}"


def progress(facts: Facts, title: str, body: str, state: str, remark: str) -> Text:
    """A text with the values of the template of progress."""
    values = {
        "number": facts["number"],
        "title": facts["title"],
        "state": state,
        "remark": remark,
        "at": facts["at"],
    }
    return Text(title, body, page_of(facts), values)


def note_of(facts: Facts) -> str:
    """What was written for the requester, if anything was."""
    return str(facts.get("note") or "详情见小程序")


def in_time(facts: Facts, verb: str) -> str:
    """Until when something is to be done, where there is such a time."""
    due_at = facts.get("due_at")
    return f"请在{short_moment(due_at)}前{verb}" if due_at else f"请尽快{verb}"


def for_branch(facts: Facts, title: str, body: str, state: str) -> Text:
    """A text with the values of the template of what a branch has received."""
    values = {"title": facts["title"], "place": facts["place"], "at": facts["at"], "state": state}
    return Text(title, body, page_of(facts), values)
