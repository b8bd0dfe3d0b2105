"""The console's pages as people use them: by keyboard, in the dark, on a phone."""

import os
import re

import asyncpg
import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Complaints, Shop
from tests.builders import PASSWORD, prove, register, store_of
from tests.console.visitor import make_admin
from tests.journeys.test_two_factor import turn_on
from tests.letters import letters_to, token_to
from tests.modules.catalog.merchants import open_shop
from tests.modules.payments.placed import placed
from tests.modules.sales.ordering import EMAIL, Orderer

pytestmark = pytest.mark.browser
NEWER = "eleven brown owls in a barn"
PATHS = (
    "/",
    "/console/sign-in",
    "/console/mailbox",
    "/forgot-password",
    "/verify-email#token=x",
    "/reset-password#token=x",
    "/console/invitations#token=x",
    "/orders#token=x",
)


async def types(page: Page, *words: str) -> None:
    """Into the field that has the focus and those after it, then Enter."""
    for number, word in enumerate(words):
        if number:
            await page.keyboard.press("Tab")
        await page.keyboard.type(word)
    await page.keyboard.press("Enter")


class TestSignIn:
    async def test_refuses_the_wrong_and_takes_the_right(self, page: Page, shop: Shop) -> None:
        ada = await register(shop.client)
        await page.goto("/console")
        await expect(page).to_have_url(f"{shop.base}/console/sign-in?next=/console")
        await types(page, ada.email, "not the right one")
        await expect(page.get_by_role("alert")).to_be_visible()
        await types(page, PASSWORD)
        await expect(page).to_have_url(f"{shop.base}/console")
        await page.get_by_role("button", name="Sign out").press("Enter")
        await expect(page).to_have_url(f"{shop.base}/console/sign-in")
        await page.goto("/console")
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    async def test_asks_for_the_second_factor_where_there_is_one(self, page: Page, shop: Shop) -> None:
        ada = await register(shop.client)
        app, _ = await turn_on(shop.client, ada)
        await page.goto("/console/sign-in")
        await types(page, ada.email, PASSWORD)
        await expect(page.get_by_role("status")).to_contain_text("the code")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.keyboard.press("Tab")
        await types(page, app.now())
        await expect(page).to_have_url(f"{shop.base}/console")


class TestMailbox:
    async def test_leads_from_a_letter_to_a_proved_address(self, page: Page, shop: Shop) -> None:
        """Without signing in, at the machine itself."""
        ada = await register(shop.client)
        await letters_to(shop.infra, ada.email)
        await page.goto("/console/mailbox")
        await page.get_by_role("cell", name=ada.email).locator("..").get_by_role("link").press("Enter")
        await expect(page.frame_locator("iframe").locator("body")).to_contain_text("Shoplytics")
        async with page.context.expect_page() as opening:
            await page.locator("pre a", has_text="verify-email").press("Enter")
        linked = await opening.value
        await expect(linked.get_by_role("button", name="Verify")).to_be_focused()
        await linked.keyboard.press("Enter")
        await expect(linked.get_by_role("status")).to_have_text("Thank you: this address is yours.")
        assert linked.url == f"{shop.base}/verify-email"
        me = await shop.client.get("/api/v1/me", headers=ada.headers)
        assert me.json()["email_verified"] is True

    async def test_is_the_administrators_once_signed_in(self, page: Page, shop: Shop, owner_url: str) -> None:
        ada = await register(shop.client)
        await make_admin(owner_url, ada.email)
        await page.goto("/console/sign-in")
        await types(page, ada.email, PASSWORD)
        await page.get_by_role("link", name="Mailbox").first.press("Enter")
        await expect(page.get_by_role("heading", name="Mailbox")).to_be_visible()


class TestForgottenPassword:
    async def test_is_set_anew(self, page: Page, shop: Shop) -> None:
        ada = await register(shop.client)
        await page.goto("/console/sign-in")
        await page.get_by_role("link", name="Forgotten your password?").press("Enter")
        await expect(page.get_by_label("E-mail address")).to_be_focused()
        await types(page, ada.email)
        await expect(page.get_by_role("status")).to_contain_text("on its way")
        await page.goto(f"/reset-password#token={await token_to(shop.infra, ada.email)}")
        await types(page, "password1234")
        await expect(page.get_by_role("status")).to_contain_text("guess")
        await page.keyboard.press("Control+A")
        await types(page, NEWER)
        await expect(page.get_by_role("status")).to_contain_text("Your password is set")
        await page.get_by_role("link", name="Sign in").press("Enter")
        await expect(page.get_by_label("Password")).to_be_visible()
        await types(page, ada.email, NEWER)
        await expect(page).to_have_url(f"{shop.base}/console")

    async def test_is_not_set_by_a_link_that_is_not_whole(self, page: Page) -> None:
        await page.goto("/reset-password")
        await expect(page.get_by_role("status")).to_contain_text("not whole")
        await expect(page.get_by_role("button")).to_be_hidden()


class TestInvitation:
    async def test_makes_a_member(self, page: Page, shop: Shop, owner_url: str) -> None:
        ada, guest = await register(shop.client), await register(shop.client)
        await prove(owner_url, ada, guest)
        store = await store_of(shop.client, ada)
        form = {"email": guest.email, "role": "staff"}
        await shop.client.post(f"/api/v1/stores/{store}/invitations", json=form, headers=ada.headers)
        letter = (await letters_to(shop.infra, guest.email))[-1]
        (link,) = re.findall(r"http://\S+#token=[\w-]+", letter.text)
        await page.goto(link)
        await types(page, guest.email, PASSWORD)
        await expect(page.get_by_role("status")).to_contain_text("as staff")


class TestPaying:
    @pytest.mark.parametrize(
        ("chosen", "told"),
        [("Pay 19.99 GBP", "has come in"), ("Let the", "failed"), ("Leave", "left without")],
    )
    async def test_in_the_sandbox_leads_back_to_what_happened(
        self, page: Page, shop: Shop, owner_url: str, chosen: str, told: str
    ) -> None:
        owner = await asyncpg.connect(owner_url)
        bought = await placed(owner, await store_of(shop.client, await register(shop.client)))
        await owner.close()
        body = {"checkout_id": str(bought.checkout_id)}
        begun = await shop.client.post("/api/v1/payments", json=body, headers=bought.guest)
        await page.goto(begun.json()["authorization_url"])
        await page.set_viewport_size({"width": 390, "height": 800})
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await expect(page.get_by_role("button", name="Pay 19.99 GBP")).to_be_focused()
        await look(page, "pay")
        await page.get_by_role("button", name=chosen).press("Enter")
        await expect(page.get_by_role("status")).to_contain_text(told)
        assert page.url == f"{shop.base}/checkout/result/{begun.json()['reference']}"
        await look(page, chosen)

    async def test_is_made_again_by_keys_alone(self, page: Page, shop: Shop, owner_url: str) -> None:
        owner = await asyncpg.connect(owner_url)
        bought = await placed(owner, await store_of(shop.client, await register(shop.client)))
        await owner.close()
        body = {"checkout_id": str(bought.checkout_id)}
        begun = (await shop.client.post("/api/v1/payments", json=body, headers=bought.guest)).json()
        await page.set_viewport_size({"width": 390, "height": 800})
        await page.goto(begun["authorization_url"])
        await page.get_by_role("button", name="Leave").press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("left without")
        await page.get_by_role("button", name="Pay again").press("Enter")
        await expect(page).to_have_url(re.compile(r"/checkout/sandbox/"))
        assert page.url != begun["authorization_url"]
        await page.get_by_role("button", name="Pay 19.99 GBP").press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("has come in")
        await page.go_back()
        await page.reload()
        await expect(page.get_by_role("status")).to_contain_text("has been made")
        await look(page, "again")
        await page.get_by_role("link", name="Back to the shop").press("Enter")
        await expect(page.get_by_role("link", name="Back to the shop")).to_be_visible()
        await page.get_by_role("link", name="Back to the shop").press("Enter")
        await expect(page).to_have_url(f"{shop.base}/")

    async def test_was_left_says_its_pay_page(self, page: Page, shop: Shop, owner_url: str) -> None:
        owner = await asyncpg.connect(owner_url)
        bought = await placed(owner, await store_of(shop.client, await register(shop.client)))
        await owner.close()
        body = {"checkout_id": str(bought.checkout_id)}
        begun = (await shop.client.post("/api/v1/payments", json=body, headers=bought.guest)).json()
        await page.goto(begun["authorization_url"])
        await page.get_by_role("button", name="Leave").press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("left without")
        await page.goto(begun["authorization_url"])
        await expect(page.get_by_role("status")).to_have_text("You left without paying. You can still pay.")
        await look(page, "left-page")


async def look(page: Page, name: str) -> None:
    """A picture for whoever wants to see it: SHOPLYTICS_PICTURES names the folder."""
    folder = os.environ.get("SHOPLYTICS_PICTURES")
    if folder:
        await page.screenshot(path=f"{folder}/{name.split(maxsplit=1)[0].lower()}.png")


class TestLook:
    @pytest.mark.parametrize("path", PATHS)
    async def test_fits_a_phone_by_day_and_by_night(self, browser: Browser, shop: Shop, path: str) -> None:
        ada = await register(shop.client)
        await letters_to(shop.infra, ada.email)
        complaints, papers = Complaints(shop.base), set()
        context = await browser.new_context(base_url=shop.base, viewport={"width": 390, "height": 800})
        context.on("page", complaints.listen)
        page = await context.new_page()
        await page.goto(path)
        for theme in ("light", "dark"):
            await page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            papers.add(await page.evaluate("getComputedStyle(document.body).backgroundColor"))
            assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await context.close()
        assert len(papers) == 2
        assert complaints.heard == []


class TestOrders:
    async def test_are_shown_and_paid_by_the_link_of_the_mail(self, page: Page, shop: Shop) -> None:
        merchant = await open_shop(shop.client)
        guest = Orderer(shop.client)
        await guest.add(await merchant.product(price="5.00", quantity=5, title="Cup <b>"), 2)
        await guest.order()
        token = await token_to(shop.infra, EMAIL)
        await page.goto(f"/orders#token={token}")
        await expect(page.get_by_role("heading", name="Order 1001")).to_be_visible()
        await expect(page.get_by_text("2 \u00d7 Cup <b>: 10.00 GBP")).to_be_visible()
        await expect(page.get_by_text("Waiting for payment")).to_be_visible()
        await page.get_by_role("button", name="Pay").press("Enter")
        await expect(page).to_have_url(re.compile(r"/checkout/sandbox/"))

    async def test_of_another_token_are_none(self, page: Page, shop: Shop) -> None:
        await page.goto("/orders#token=" + "x" * 43)
        await expect(page.get_by_role("status")).to_have_text("There is no such order.")
        await expect(page.get_by_role("button", name="Pay")).to_be_hidden()
