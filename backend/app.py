"""Wiring: builds the application, binds what it needs, registers the rooms. No logic."""

from datetime import datetime

from flask import Flask, Response

from backend.branch_life.activities.routes import bp as activities
from backend.branch_life.dues.routes import bp as dues
from backend.branch_life.duties.routes import bp as duties
from backend.branch_life.minutes.routes import bp as minutes
from backend.branch_life.partners.routes import bp as partners
from backend.branch_life.schedules.routes import bp as schedules
from backend.branch_life.templates.routes import bp as templates
from backend.card.issuing.routes import bp as card_issuing
from backend.card.reviews.routes import bp as reviews
from backend.card.routes import bp as card
from backend.card.routes import page as card_page
from backend.chat.conversation import Conversation
from backend.core import http
from backend.core.application import Application
from backend.core.bell import Bell
from backend.core.clock import Clock, clock_for
from backend.core.crypto import keyring
from backend.core.database import bind_database
from backend.core.files import FileStore
from backend.core.logs import install_logging
from backend.core.settings import Settings, load_settings
from backend.desk.routes import bp as desk
from backend.handheld.routes import bp as handheld
from backend.learning.lessons.routes import bp as lessons
from backend.learning.openings.routes import bp as openings
from backend.learning.packs.routes import bp as packs
from backend.learning.surveys.routes import bp as surveys
from backend.media.routes import bp as media
from backend.membership.away.routes import bp as away
from backend.membership.claims.routes import bp as claims
from backend.membership.corrections.routes import bp as corrections
from backend.membership.erasures.routes import bp as erasures
from backend.membership.headcounts.routes import bp as headcounts
from backend.membership.posts.routes import bp as posts
from backend.membership.terms.routes import bp as terms
from backend.membership.transfers.routes import bp as transfers
from backend.messaging.dead_letters.routes import bp as dead_letters
from backend.messaging.fan_outs.routes import bp as fan_outs
from backend.messaging.outbox import has_queued
from backend.messaging.reminders.routes import bp as reminders
from backend.messaging.routes import bp as messaging
from backend.operation.routes import bp as operation
from backend.people.access import find_caller
from backend.people.audits.routes import bp as audits
from backend.people.consents.routes import bp as consents
from backend.people.desk_logins.routes import bp as desk_logins
from backend.people.exemptions.routes import bp as exemptions
from backend.people.groupings.routes import bp as groupings
from backend.people.members.routes import bp as members
from backend.people.own_data.routes import bp as own_data
from backend.people.permissions import Caller
from backend.people.places.routes import bp as places
from backend.people.reveals.routes import bp as reveals
from backend.people.roster.routes import bp as roster
from backend.people.routes import bp as people
from backend.people.sessions.routes import bp as sessions
from backend.people.tree.routes import bp as tree
from backend.rooms import (
    ABOVE_THE_TREE,
    CONSENT_EFFECTS,
    ERASURE,
    PERSONAL_DATA,
    PLATFORM_EVENTS,
    POST_PICTURES,
    REMINDERS,
)
from backend.service.catalogue.routes import bp as catalogue
from backend.service.exports.routes import bp as order_exports
from backend.service.grids.routes import bp as grids
from backend.service.open_data.routes import bp as open_data
from backend.service.open_data.routes import open311_bp as open311
from backend.service.orders.routes import bp as orders
from backend.service.rates.routes import bp as rates
from backend.service.rating.routes import bp as rating
from backend.service.rating.routes import page as rating_page
from backend.service.report_ins.routes import bp as report_ins
from backend.service.teams.routes import bp as teams
from backend.service.timers.routes import bp as timers
from backend.tally.routes import bp as tally
from backend.wechat.gateway import Gateway
from backend.wechat.routes import bp as wechat
from backend.wechat.routes import pages as wechat_pages
from backend.workdays.routes import bp as workdays

BLUEPRINTS = (
    operation,
    handheld,
    wechat,
    wechat_pages,
    people,
    sessions,
    desk_logins,
    tree,
    roster,
    places,
    consents,
    own_data,
    audits,
    messaging,
    dead_letters,
    reminders,
    fan_outs,
    tally,
    card,
    card_page,
    reviews,
    claims,
    erasures,
    corrections,
    reveals,
    away,
    transfers,
    members,
    exemptions,
    report_ins,
    posts,
    terms,
    activities,
    partners,
    templates,
    schedules,
    duties,
    dues,
    minutes,
    media,
    lessons,
    openings,
    packs,
    surveys,
    catalogue,
    teams,
    grids,
    orders,
    order_exports,
    rates,
    rating,
    rating_page,
    open_data,
    open311,
    timers,
    workdays,
    headcounts,
    card_issuing,
    groupings,
    desk,
)


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Flask:
    """The web application; settings come from the environment unless given (tests give them)."""
    app = lay_out()
    furnish(app, settings or load_settings(), clock)
    return app


def lay_out() -> Flask:
    """All addresses with their border, bound to nothing yet. Slow: four hundred rules are compiled."""
    app = Application("backend", static_folder="static")
    http.install(app, authenticate=_authenticate)
    app.after_request(_ring)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def _authenticate(token: str, now: datetime) -> Caller:
    return find_caller(token, timezone=http.settings().timezone, now=now)


def _ring(response: Response) -> Response:
    bell: Bell | None = http.extension("bell") if has_queued() else None
    if bell is not None:
        bell.ring()
    return response


def furnish(app: Flask, settings: Settings, clock: Clock | None = None) -> None:
    """Bind what was laid out to settings: database, keys, files, platform. Called again, it replaces all of it."""
    install_logging()
    bind_database(settings.database_url)
    keyring.initialize(settings)
    app.extensions["zhibu.settings"] = settings
    app.extensions["zhibu.clock"] = clock = clock or clock_for(settings)
    app.extensions["zhibu.files"] = FileStore(settings.media_root)
    app.extensions["zhibu.gateway"] = Gateway(settings, clock)
    app.extensions["zhibu.bell"] = Bell(settings.redis_url) if settings.redis_url else None
    app.extensions["zhibu.personal_data"] = PERSONAL_DATA
    app.extensions["zhibu.erasure"] = ERASURE
    app.extensions["zhibu.reminders"] = REMINDERS
    app.extensions["zhibu.post_pictures"] = POST_PICTURES
    app.extensions["zhibu.rooms_above"] = ABOVE_THE_TREE
    app.extensions["zhibu.consent_effects"] = CONSENT_EFFECTS
    app.extensions["zhibu.callbacks"] = PLATFORM_EVENTS
    app.extensions["zhibu.chat"] = Conversation(settings).answer
