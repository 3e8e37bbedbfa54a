"""What is wrong with a kind of service that somebody asked for."""

from backend.core.errors import Invalid, invalid_field


def unknown_service_type() -> Invalid:
    """There is no such kind."""
    return invalid_field("service_type", "unknown_service_type", "没有这个服务类别，请重新选择")


def closed_service_type() -> Invalid:
    """The kind is no longer offered."""
    return invalid_field("service_type", "closed_service_type", "这个服务类别已停办，请选择其他类别")
