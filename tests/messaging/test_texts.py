"""Every sentence that leaves the house, read from golden texts; and what no group may ever read."""

import pytest

from backend.demo.branch import TEMPLATES
from backend.messaging.rules import RULES, Purpose, Reader, Rule
from emulator.wx.value_rules import value_fits
from tests.messaging.samples import BY_KIND, DESCRIPTION, GOLDEN, PERSON, PHONE, PLACE, kind_of, rendered
from tests.messaging.samples import template_data as template_data_of
from tests.messaging.samples import texts as texts_of

WRITTEN = [rule for rule in RULES if rule.write is not None]
NOTIFIED = [rule for rule in WRITTEN if rule.purpose]
FOR_GROUPS = [rule for rule in WRITTEN if rule.reader in {Reader.GROUP, Reader.GROUPS, Reader.GROUPS_BELOW}]


def by_name(rule: Rule) -> str:
    """How a rule is called in the list of tests."""
    return rule.name


def test_every_kind_of_topic_has_sample_facts_and_a_golden_text() -> None:
    assert {kind_of(rule) for rule in WRITTEN} == set(BY_KIND) == {file.stem for file in GOLDEN.glob("*.txt")}


@pytest.mark.parametrize("kind", BY_KIND)
def test_texts_read_as_they_were_approved(kind: str) -> None:
    """`python -m tests.messaging.samples` writes them anew."""
    assert rendered(kind) == (GOLDEN / f"{kind}.txt").read_text(encoding="utf-8")


def test_every_rule_has_a_name_of_its_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(len(rule.name) <= 60 for rule in RULES)


@pytest.mark.parametrize("rule", WRITTEN, ids=by_name)
def test_a_text_fits_the_inbox_and_says_something(rule: Rule) -> None:
    for text in texts_of(rule):
        assert 2 <= len(text.title) <= 60
        assert 5 <= len(text.body) <= 500
        assert "None" not in text.body + text.title
        assert text.page is None or (len(text.page) <= 200 and text.page.startswith("pages/"))


@pytest.mark.parametrize("rule", NOTIFIED, ids=by_name)
def test_a_notification_keeps_the_platforms_rules(rule: Rule) -> None:
    for text in texts_of(rule):
        data = template_data_of(rule, text)
        assert [field for field, value in data.items() if not value or not value_fits(field, value)] == []
        assert [value for field, value in data.items() if field.startswith("thing") and len(value) > 20] == []


@pytest.mark.parametrize("rule", NOTIFIED, ids=by_name)
def test_a_notification_has_a_value_for_every_field_of_its_template(rule: Rule) -> None:
    (fields,) = [fields for purpose, _, _, fields in TEMPLATES if purpose == rule.purpose]
    for text in texts_of(rule):
        assert set(fields.values()) <= set(text.values)


def test_every_purpose_has_one_template_and_is_used() -> None:
    assert sorted(purpose for purpose, *_ in TEMPLATES) == sorted(Purpose)
    assert {rule.purpose for rule in NOTIFIED} == set(Purpose)


@pytest.mark.parametrize("rule", FOR_GROUPS, ids=by_name)
def test_a_group_reads_nothing_personal(rule: Rule) -> None:
    for text in texts_of(rule):
        shown = f"{text.title} {text.body} {text.page} {text.values}"
        assert [
            secret for secret in (PHONE, PERSON, PLACE, DESCRIPTION, "赵**", "261123-483920") if secret in shown
        ] == []


def test_no_text_shows_a_full_phone_number() -> None:
    """Nobody needs one in a message: numbers are called from the order's own page, and each look is logged."""
    notes = {rule.name for rule in WRITTEN for text in texts_of(rule) if PHONE in text.body}
    # a note is what a person of the branch has written to the one who asked, word by word
    assert notes <= {
        "order.refused/requester",
        "order.progressed/requester",
        "order.completed/requester",
        "order.info_asked/requester",
        "order.declined/dispatchers",
        "order.reworked/handler",
        "order.followed_up/requester",
        "order.referral_answered/requester",
        "order.reopened/dispatchers",
    }
