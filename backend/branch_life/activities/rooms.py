"""Rooms of an activity: the main one, and remote ones that join from elsewhere (主课堂+远程分课堂)."""

from collections import Counter
from collections.abc import Sequence

from backend.branch_life.activities.models import Activity, ActivityRoom
from backend.branch_life.activities.schemas import RemoteRoom, RoomCount

_MAIN_ROOM = "主会场"


def furnish(activity: Activity, rooms: Sequence[RemoteRoom]) -> None:
    """Write down the remote rooms, numbered from 1, in the caller's unit of work."""
    rows = [
        {"activity": activity.id, "number": number, "name": room.name, "place_text": room.place}
        for number, room in enumerate(rooms, start=1)
    ]
    if rows:
        ActivityRoom.insert_many(rows).execute()


def count_rooms(activity: Activity, came: Counter[int]) -> list[RoomCount]:
    """Every room with how many came into it."""
    rooms = [RoomCount(number=0, name=_MAIN_ROOM, place=activity.place_text, count=came[0])]
    if activity.rooms > 1:
        remote = ActivityRoom.select().where(ActivityRoom.activity == activity.id)
        rooms += [
            RoomCount(number=room.number, name=room.name, place=room.place_text, count=came[room.number])
            for room in remote.order_by(ActivityRoom.number)
        ]
    return rooms
