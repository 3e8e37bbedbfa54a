"""Ways through the client that several people walk together: away from home and back, a team, the desk, a message."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Product
from tests.e2e.walk import until
from tests.miniprogram.conftest import PATIENCE_MS, Phone, Phones
from tests.miniprogram.test_walks import LI, SUN, ZHAO, ask_for_help, wait_until_passed

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHEN, ZHOU = "陈思雨", "周敏"
RECEIVED = "tmpl-order-received-0000000000000000000000001"


def learn_there(product: Product, member: Phone) -> None:
    """The member checks in at the branch that has taken him in: what it saw of him, it may speak of."""
    host = product.person("host-secretary-zhou")
    now = datetime.fromisoformat(str(product.emulator.clock()["now"]))
    study = {
        "organization": "NS-01",
        "kind": "collective_study",
        "title": "集体学习",
        "starts_at": (now + timedelta(minutes=5)).isoformat(),
        "ends_at": (now + timedelta(minutes=95)).isoformat(),
        "place": {"text": "科技园党群服务中心"},
    }
    activity = host.ok("/activities", study)["id"]
    code = host.read(f"/activities/{activity}/code")
    member.open(f"pages/check-in/index?activity={activity}")
    member.fill("六位数字", str(code["typed_code"]))
    member.tap("签到")
    member.sees("签到成功")


def step(phone: Phone, label: str) -> None:
    """Confirm the form of a step, and be told that it was done."""
    phone.tap(f"确定{label}")
    phone.sees(f"“{label}”办好了。")


def test_a_stay_away_from_home_from_the_plan_to_the_return(product: Product, phones: Phones) -> None:
    member = phones(CHEN)
    member.open("pages/me/index")
    member.go(re.compile("外出与流动"))
    member.tap("登记外出")
    member.tap("登记")
    member.sees("请写去哪里")
    member.fill("去哪里", "深圳市南山区")
    member.fill("外出原因", "到深圳实习半年")
    member.tap("登记")
    member.sees("到深圳实习半年")
    stay = re.search(r"id=(\w+)", member.page.url).group(1)  # type: ignore[union-attr]

    home = phones(SUN)
    home.open("pages/floating/list")
    home.go(re.compile(f"{CHEN} · 深圳市南山区"))
    home.tap("登记流出")
    home.fill("支部联系人", "冯")
    home.choose(re.compile("冯磊"))
    step(home, "登记流出")

    member.open(f"pages/floating/detail?id={stay}")
    member.sees("支部联系人：冯磊")
    member.tap("报到")
    member.choose("当地党组织")
    member.fill("流入地党组织", "南山")
    member.choose(re.compile("南山"))
    step(member, "报到")

    host = phones(ZHOU)
    host.open("pages/floating/list")
    host.go(re.compile(CHEN))
    host.tap("确认接收")
    host.fill("编入的党小组", "科技园党小组")
    step(host, "确认接收")
    learn_there(product, member)
    host.tap(re.compile("写一段评价"))
    host.fill("表现怎么样", "两次参加社区清扫，讲过一课。")
    host.tap("记上去")
    host.sees("已经记在学习卡上。")
    member.open("pages/card/reviews")
    member.sees("两次参加社区清扫，讲过一课。")

    member.open(f"pages/floating/detail?id={stay}")
    member.sees("党小组：科技园党小组")
    member.tap("登记返回")
    step(member, "登记返回")
    home.open(f"pages/floating/detail?id={stay}")
    home.tap("返回评价")
    home.choose("优秀")
    home.fill("评价意见", "在外不忘组织，每月联系。")
    step(home, "返回评价")
    home.tap("办结")
    step(home, "办结")
    assert all(phone.fits() for phone in (member, home, host))
    assert product.person("member-chen").read(f"/floating-records/{stay}")["state"] == "ended"


def test_the_code_at_the_desk_is_confirmed_on_the_phone(browser: Browser, product: Product, phones: Phones) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    context.set_default_timeout(PATIENCE_MS)
    desk = context.new_page()
    desk.goto(f"{product.web}/desk/")
    asked = desk.locator("#qr [hx-post]")
    expect(asked).to_be_visible()
    ticket = str(asked.get_attribute("hx-post")).rsplit("/", 1)[1]
    secretary = phones(SUN)
    secretary.open(f"pages/desk/confirm?ticket={ticket}")  # where the code leads that WeChat scans
    secretary.sees("不是您自己在操作，请不要同意。")
    assert secretary.fits()
    secretary.tap("是我，登录")
    secretary.sees("电脑上已经登录。")
    expect(desk.get_by_role("heading", name="今日要办")).to_be_visible(timeout=PATIENCE_MS)
    secretary.open(f"pages/desk/confirm?ticket={ticket}")  # the same code lets nobody in again
    expect(secretary.button("是我，登录")).to_have_count(0)
    context.close()


def test_a_team_takes_somebody_in_and_is_given_an_order(product: Product, phones: Phones) -> None:
    people = {
        row["name"]: row["public_id"]
        for row in product.person("secretary-sun").read("/organizations/DH-01-01/members")["items"]
    }
    team = {"name": "楼道照明队", "leader": people[ZHAO], "skills": ["appliances"]}
    made = product.person("secretary-sun").ok("/organizations/DH-01-01/teams", team)  # a team is made at the desk
    leader, newcomer, resident, secretary = (phones(name) for name in (ZHAO, "冯磊", LI, SUN))
    leader.open("pages/me/handler")
    leader.go(re.compile("楼道照明队"))
    code = leader.page.locator(".page .big").locator("visible=true").nth(1).inner_text()
    newcomer.open("pages/me/handler")
    newcomer.fill("服务队的加入码", code)
    newcomer.tap("申请加入")
    expect(newcomer.page.get_by_role("link", name=re.compile("楼道照明队.*等同意", re.DOTALL)).first).to_be_visible()
    asked = "有人申请加入服务队"
    inbox = product.person("member-zhao")
    until(lambda: asked in [one["title"] for one in inbox.read("/me/inbox")["items"]], "the leader is told")
    leader.open("pages/inbox/index")
    leader.page.locator(".message", has_text=asked).first.tap()
    leader.sees("冯磊")
    leader.tap("同意加入")
    expect(leader.button("同意加入")).to_have_count(0)

    number = ask_for_help(resident, "楼道的声控灯总亮着")
    wait_until_passed(product.person("resident-li"), number)
    secretary.open(f"pages/order/detail?number={number}")
    secretary.tap("受理")
    secretary.tap("派单")
    secretary.choose(re.compile("服务队"))
    secretary.choose("楼道照明队")
    step(secretary, "派单")
    newcomer.open()
    newcomer.go(re.compile("可以接的单"))
    newcomer.go(re.compile("楼道的声控灯总亮着"))
    newcomer.tap("接单")
    newcomer.sees("“接单”办好了。")
    assert product.person("member-feng").read(f"/orders/{number}")["state"] == "claimed"
    assert product.person("member-zhao").read(f"/teams/{made['id']}")["people"][-1]["confirmed"]


def test_for_somebody_else_one_says_how_she_agreed_and_the_branch_rings_her(product: Product, phones: Phones) -> None:
    neighbour, secretary = phones("王建国"), phones(SUN)
    neighbour.open("pages/order/new")
    neighbour.go(re.compile("代办跑腿"))
    neighbour.fill("什么事", "请帮张奶奶取一下降压药")
    neighbour.choose("给别人")
    neighbour.fill("在哪里", "4号楼1单元")
    neighbour.fill("怎么称呼", "张奶奶")
    neighbour.fill("联系电话", "13800000077")
    neighbour.tap("提交")
    neighbour.sees("请填他是您的什么人")
    neighbour.fill("他是您的", "邻居")
    neighbour.choose("本人当面同意")
    for tick in neighbour.page.get_by_role("checkbox").locator("visible=true").all():
        tick.tap()
    neighbour.tap("提交")
    neighbour.sees("提交好了")
    number = re.search(r"编号 (\S+?)。", neighbour.page.inner_text("body")).group(1)  # type: ignore[union-attr]
    wait_until_passed(product.person("resident-wang"), number)

    secretary.open(f"pages/order/detail?number={number}")
    secretary.sees(re.compile("请给张奶奶（邻居）打个电话核实"))
    expect(secretary.button("电话核实本人")).to_be_visible()
    owed = product.person("secretary-sun").read(f"/orders/{number}")
    assert (owed["call_back"]["owed"], owed["call_back"]["consent"]) == (True, "in_person")


def test_a_message_arrives_in_wechat_and_its_link_opens_the_order(product: Product, phones: Phones) -> None:
    product.emulator.subscribe("secretary-sun", RECEIVED)
    secretary, resident = phones(SUN), phones(LI)
    ask_for_help(resident, "单元门的锁坏了")
    product.emulator.wait_for(
        lambda one: one["template_id"] == RECEIVED and "单元门的锁坏了" in one["text"], user="secretary-sun"
    )
    chats = secretary.page.context.new_page()
    chats.goto(f"{product.emulator.url}/phone/secretary-sun")
    card = chats.locator("article.card", has_text="单元门的锁坏了").last
    with chats.expect_popup() as opened:
        card.get_by_role("link", name="进入小程序查看").click()
    secretary.page = opened.value
    secretary.sees("单元门的锁坏了")
    expect(secretary.button("受理")).to_be_visible()
    assert "pages/order/detail" in urlsplit(secretary.page.url).fragment
