"""Payments over HTTP: for shoppers, for providers, for stores and administrators."""

from typing import Annotated, Any, TypeAlias
from urllib.parse import parse_qsl, quote
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.params import HeaderParameter, Parameter
from litestar.response import Redirect

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page
from shoplytics.modules.payments.ports import PaymentFilter
from shoplytics.modules.payments.schemas import StartPayment
from shoplytics.modules.payments.service import OwnPayments, Paying, PaymentsService
from shoplytics.ports.payments import PaymentStatus, PaymentView, StorePaymentView, WebhookIntake

START = "payments:start"
OWN = "payments:read-own"
RETURN = "payments:return"
WEBHOOK = "payments:webhook"
READ = "payments:read"
EVERY = "platform:payments"

WEBHOOK_BYTES = 256 * 1024
PROVIDER_SECONDS = 25
"""A provider may take eight, and so may the one whose attempt this one replaces."""

AnyRequest: TypeAlias = Request[Any, Any, Any]
Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
OrderToken = Annotated[
    str | None,
    HeaderParameter(name="X-Order-Token", description="Of the checkout, for whoever has no account."),
]
Provider = Annotated[str | None, Parameter(min_length=1, max_length=40)]


class PaymentController(Controller):
    path = "/payments"
    tags = ("Payments",)

    @post(permission=START, idempotent=True, own_work=True, seconds=PROVIDER_SECONDS)
    async def start_payment(
        self, data: StartPayment, actor: Actor, paying: Paying, order_token: OrderToken = None
    ) -> PaymentView:
        """Pay a checkout: send the shopper to `authorization_url`.

        The checkout's shopper may, and whoever has its X-Order-Token. It has one open attempt at a time, and
        the same request again goes on with that one; after a failed or abandoned one it begins another. Its
        amount is what is due. 503 when the provider cannot be reached: ask again.
        """
        return await paying.start(asked=data, actor=actor, token=order_token)

    @get(permission=OWN)
    async def list_payments(
        self,
        *,
        actor: Actor,
        own_payments: OwnPayments,
        order_token: OrderToken = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[PaymentView]:
        """One's own, the newest first; without an account those of the checkout of X-Order-Token."""
        return await own_payments.all(user_id=actor.user_id, token=order_token, cursor=cursor, limit=limit)

    @get("/{payment_id:uuid}", permission=OWN)
    async def read_payment(
        self, payment_id: UUID, actor: Actor, own_payments: OwnPayments, order_token: OrderToken = None
    ) -> PaymentView:
        """One of them."""
        return await own_payments.one(payment_id=payment_id, user_id=actor.user_id, token=order_token)

    @post("/{payment_id:uuid}/verify", permission=OWN, status_code=200, seconds=PROVIDER_SECONDS)
    async def verify_payment(
        self, payment_id: UUID, actor: Actor, paying: Paying, order_token: OrderToken = None
    ) -> PaymentView:
        """Ask the provider now, instead of waiting for its webhook."""
        return await paying.verify(payment_id=payment_id, actor=actor, token=order_token)

    @get(
        "/return/{provider:str}",
        permission=RETURN,
        foreign_query=True,
        status_code=303,
        seconds=PROVIDER_SECONDS,
    )
    async def return_from_provider(self, provider: str, request: AnyRequest, paying: Paying) -> Redirect:
        """The shopper's way back: the provider is asked, and a page tells what happened."""
        query = dict(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True))
        result = await paying.returned(provider=provider, query=query)
        return Redirect(f"/checkout/result/{quote(result.reference)}", status_code=303)


class WebhookController(Controller):
    path = "/webhooks"
    tags = ("Payments",)

    @post(
        "/{provider:str}",
        permission=WEBHOOK,
        budget="webhooks",
        raw_body=True,
        body_limit=WEBHOOK_BYTES,
        status_code=200,
    )
    async def take_webhook(
        self, provider: str, request: AnyRequest, webhook_intake: WebhookIntake
    ) -> Response[bytes]:
        """For payment providers: signed by them, kept once, and acted on after the answer."""
        headers: dict[str, str] = {}
        for name, value in request.scope["headers"]:  # one given twice is none that anybody signed
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
        await webhook_intake.receive(provider=provider, headers=headers, body=await request.body())
        return Response(b"", status_code=200, media_type="text/plain")


class StorePaymentController(Controller):
    path = "/stores/{store_id:uuid}/payments"
    tags = ("Payments",)

    @get(permission=READ)
    async def list_store_payments(
        self,
        *,
        store_id: UUID,
        payments: PaymentsService,
        status: PaymentStatus | None = None,
        provider: Provider = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[StorePaymentView]:
        """The store's shares of payments, order by order, the newest first."""
        wanted = PaymentFilter(status=status, provider=provider)
        return await payments.of_store(store_id=store_id, wanted=wanted, cursor=cursor, limit=limit)


class PlatformPaymentController(Controller):
    path = "/admin/payments"
    tags = ("Platform",)

    @get(permission=EVERY)
    async def all_payments(
        self,
        *,
        payments: PaymentsService,
        status: PaymentStatus | None = None,
        provider: Provider = None,
        checkout: UUID | None = None,
        store: UUID | None = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[PaymentView]:
        """Every attempt, the newest first; `mismatch` and `late` are money that somebody must look after."""
        wanted = PaymentFilter(status=status, provider=provider, checkout_id=checkout, store_id=store)
        return await payments.every(wanted=wanted, cursor=cursor, limit=limit)
