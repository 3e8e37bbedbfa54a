"""Inbox, grants, prepared posts and group chats over HTTP."""

from flask import Blueprint, current_app

from backend.core.http import endpoint, now, settings
from backend.core.pages import Page
from backend.messaging import burden, forwards, grants, groups, inbox, limit_settings, limits, preferences
from backend.messaging.schemas import (
    AddGroupChat,
    BurdenQuery,
    BurdenShape,
    ChangeLimits,
    EnableGroupChat,
    ForwardKit,
    ForwardQuery,
    ForwardShape,
    GrantShape,
    GroupChatShape,
    InboxItem,
    InboxQuery,
    LimitHere,
    LimitShape,
    LinkCustomerGroup,
    MuteGroupChat,
    Preferences,
    PreferenceShape,
    ReadUpTo,
    ShownPrompts,
    Unread,
)
from backend.people.caller import current_caller

bp = Blueprint("messaging", __name__, url_prefix="/api/v1")


@bp.get("/me/inbox")
@endpoint(query=InboxQuery, returns=Page[InboxItem])
def list_inbox(query: InboxQuery) -> Page[InboxItem]:
    """One's messages, newest first."""
    return inbox.list_inbox(current_caller().account_id, query)


@bp.get("/me/inbox/unread")
@endpoint(returns=Unread)
def count_unread() -> Unread:
    """How many of one's newest hundred messages are unread."""
    return inbox.count_unread(current_caller().account_id)


@bp.post("/me/inbox/read")
@endpoint(body=ReadUpTo, returns=Unread, replayable=False)
def read_messages(body: ReadUpTo) -> Unread:
    """Note all messages up to one as read; what came in since stays unread."""
    return inbox.mark_all_read(current_caller().account_id, body, now=now())


@bp.post("/me/inbox/<message_id>/read")
@endpoint(replayable=False)
def read_message(message_id: str) -> None:
    """Note that a message was read."""
    inbox.mark_read(current_caller().account_id, message_id, timezone=settings().timezone, now=now())


@bp.get("/me/subscriptions")
@endpoint(returns=list[GrantShape])
def list_subscriptions() -> list[GrantShape]:
    """Which service notifications may still be sent, and how many of each."""
    return grants.list_grants(current_caller().account_id)


@bp.post("/me/subscriptions")
@endpoint(body=ShownPrompts, returns=list[GrantShape], replayable=False)
def report_prompts(body: ShownPrompts) -> list[GrantShape]:
    """Take note of a prompt that was shown; it grants nothing, the platform's own event does."""
    caller = current_caller()
    grants.note_prompts(caller, body.prompts, timezone=settings().timezone, now=now())
    return grants.list_grants(caller.account_id)


@bp.get("/me/message-preferences")
@endpoint(returns=list[PreferenceShape])
def list_preferences() -> list[PreferenceShape]:
    """Which kinds of service notification one gets; the inbox has everything in any case."""
    return preferences.list_preferences(current_caller().account_id)


@bp.put("/me/message-preferences")
@endpoint(body=Preferences, returns=list[PreferenceShape])
def set_preferences(body: Preferences) -> list[PreferenceShape]:
    """Turn kinds of service notification on or off."""
    return preferences.set_preferences(current_caller().account_id, body, now=now())


@bp.get("/message-limits")
@endpoint(returns=list[LimitShape])
def list_limits() -> list[LimitShape]:
    """Quiet hours, the cap a day and the hour of digests, each with its source."""
    return limits.list_limits()


@bp.get("/organizations/<code>/message-limits")
@endpoint(returns=list[LimitHere])
def list_limits_here(code: str) -> list[LimitHere]:
    """Quiet hours, cap and digest as they hold in an organisation, and which layer set them."""
    return limit_settings.list_limits_here(code)


@bp.put("/organizations/<code>/message-limits")
@endpoint(body=ChangeLimits, returns=list[LimitHere])
def change_limits(code: str, body: ChangeLimits) -> list[LimitHere]:
    """Set them for an organisation and all below it, which may only be stricter."""
    return limit_settings.change_limits(current_caller(), code, body, now=now())


@bp.get("/organizations/<code>/burden")
@endpoint(query=BurdenQuery, returns=BurdenShape)
def read_burden(code: str, query: BurdenQuery) -> BurdenShape:
    """What the system cost its users in messages and prompts, as averages."""
    return burden.read_burden(current_caller(), code, query, timezone=settings().timezone, now=now())


@bp.get("/me/forwards")
@endpoint(query=ForwardQuery, returns=Page[ForwardShape])
def list_forwards(query: ForwardQuery) -> Page[ForwardShape]:
    """Posts that the bot made ready for ordinary WeChat groups."""
    return forwards.list_forwards(current_caller(), query)


@bp.get("/forwards/<forward_id>")
@endpoint(returns=ForwardKit)
def show_forward(forward_id: str) -> ForwardKit:
    """One post with its text, its picture and a code of its page, to be forwarded by hand."""
    kit = forwards.Kit(current_app.extensions["zhibu.post_pictures"], settings().public_url, now())
    return forwards.show_forward(current_caller(), forward_id, kit)


@bp.post("/forwards/<forward_id>/done")
@endpoint(returns=ForwardShape, replayable=False)
def finish_forward(forward_id: str) -> ForwardShape:
    """Note that a post was forwarded."""
    return forwards.finish_forward(current_caller(), forward_id, timezone=settings().timezone, now=now())


@bp.get("/organizations/<code>/group-chats")
@endpoint(returns=list[GroupChatShape])
def list_group_chats(code: str) -> list[GroupChatShape]:
    """The groups of an organisation and the way posts get there."""
    return groups.list_group_chats(current_caller(), code, now=now())


@bp.post("/organizations/<code>/group-chats")
@endpoint(body=AddGroupChat, returns=GroupChatShape, status=201)
def add_group_chat(code: str, body: AddGroupChat) -> GroupChatShape:
    """Add a group; a robot's key is sealed and never shown again."""
    return groups.add_group_chat(current_caller(), code, body, now=now())


@bp.post("/group-chats/<chat_id>/test")
@endpoint(returns=GroupChatShape)
def post_test(chat_id: str) -> GroupChatShape:
    """Ask the bot for a test post."""
    return groups.post_test(current_caller(), chat_id, now=now())


@bp.post("/group-chats/<chat_id>/disable")
@endpoint(returns=GroupChatShape)
def disable_group_chat(chat_id: str) -> GroupChatShape:
    """No more posts to this group."""
    return groups.disable(current_caller(), chat_id, now=now())


@bp.post("/group-chats/<chat_id>/enable")
@endpoint(body=EnableGroupChat, returns=GroupChatShape)
def enable_group_chat(chat_id: str, body: EnableGroupChat) -> GroupChatShape:
    """Post again, with a new key perhaps."""
    return groups.enable(current_caller(), chat_id, body, now=now())


@bp.post("/group-chats/<chat_id>/owner")
@endpoint(body=LinkCustomerGroup, returns=GroupChatShape)
def link_customer_group(chat_id: str, body: LinkCustomerGroup) -> GroupChatShape:
    """Whom WeCom asks to send the posts of a customer group; the owner's id is sealed and never shown again."""
    return groups.link_customer_group(current_caller(), chat_id, body, now=now())


@bp.post("/group-chats/<chat_id>/mute")
@endpoint(body=MuteGroupChat, returns=GroupChatShape)
def mute_group_chat(chat_id: str, body: MuteGroupChat) -> GroupChatShape:
    """Keep the bot quiet in a group until an instant."""
    return groups.mute(current_caller(), chat_id, body, now=now())
