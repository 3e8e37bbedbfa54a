"""Group chats when their organisation is merged into another."""

from backend.messaging.models import GroupChat


def hand_over_groups(source: int, target: int) -> None:
    """They go on as groups of the target, in the caller's unit of work."""
    GroupChat.update(organization=target).where(GroupChat.organization == source).execute()
