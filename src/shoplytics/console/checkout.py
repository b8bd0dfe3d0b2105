"""`/checkout`: the pay page of the sandbox, and what became of a payment."""

from typing import Any, TypeAlias
from urllib.parse import quote

from litestar import Controller, Request, Response, get, post

from shoplytics.adapters.sandbox import Decision, SandboxProvider
from shoplytics.console.browser import Browser
from shoplytics.console.pages import Pages, to
from shoplytics.kernel.actor import Actor
from shoplytics.kernel.errors import Invalid
from shoplytics.ports.payments import PaymentResults, WebhookIntake

Asked: TypeAlias = Request[Any, Any, Any]
FORM_BYTES = 16 * 1024
PROVIDER_SECONDS = 25
"""As for POST /payments."""


class CheckoutPages(Controller):
    path = "/checkout"
    include_in_schema = False
    opt = {"budget": "docs", "console": True}  # noqa: RUF012 - Litestar's own attribute

    @get("/sandbox/{reference:str}", permission="checkout:sandbox")
    async def pay_page(
        self, reference: str, request: Asked, pages: Pages, sandbox: SandboxProvider
    ) -> Response[bytes]:
        """As a vendor's would be: what is to be paid, and the ways to go on."""
        charge = await sandbox.charge(reference)
        return pages.show("sandbox.html", headers=request.scope["headers"], charge=charge)

    @post("/sandbox/{reference:str}", permission="checkout:sandbox", raw_body=True, body_limit=FORM_BYTES)
    async def decide(
        self,
        reference: str,
        request: Asked,
        browser: Browser,
        sandbox: SandboxProvider,
        webhook_intake: WebhookIntake,
    ) -> Response[bytes]:
        """What was chosen is kept and told as vendors tell it; then the shopper goes back to the shop."""
        fields = browser.read(request.scope["headers"], await request.body())
        try:
            decision = Decision(fields.get("decision", ""))
        except ValueError:
            msg = "Choose to pay, to fail, or to leave."
            raise Invalid(msg) from None
        charge = await sandbox.decide(reference, decision)
        headers, body = sandbox.note(charge)
        await webhook_intake.receive(provider=sandbox.name, headers=headers, body=body)
        return to(charge.return_url)

    @get("/result/{reference:str}", permission="checkout:result")
    async def result(
        self, reference: str, request: Asked, pages: Pages, paying: PaymentResults
    ) -> Response[bytes]:
        """What became of a payment, for whoever comes back from paying."""
        found = await paying.result(reference=reference)
        return pages.show("result.html", headers=request.scope["headers"], payment=found)

    @post(
        "/result/{reference:str}",
        permission="checkout:result",
        raw_body=True,
        body_limit=FORM_BYTES,
        seconds=PROVIDER_SECONDS,
    )
    async def again(
        self,
        *,
        reference: str,
        request: Asked,
        pages: Pages,
        browser: Browser,
        actor: Actor,
        paying: PaymentResults,
    ) -> Response[bytes]:
        """Another attempt. Its provider is led to by a link: a form may not end at another site."""
        browser.read(request.scope["headers"], await request.body())
        found = await paying.again(reference=reference, actor=actor)
        if found.pay_at is None:
            return to(f"/checkout/result/{quote(found.reference)}")
        return pages.show(
            "again.html",
            headers=request.scope["headers"],
            more={"refresh": f"0; url={found.pay_at}"},
            payment=found,
        )
