"""Beacons in, visits out."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, MediaType, Request, get, post
from litestar.params import Parameter, QueryParameter
from litestar.response.base import ASGIResponse
from litestar.status_codes import HTTP_202_ACCEPTED

from shoplytics.kernel.errors import UnsupportedMedia
from shoplytics.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page
from shoplytics.modules.tracking.schemas import EXAMPLE, Track, read_track
from shoplytics.modules.tracking.service import Tracker, TrackingService
from shoplytics.ports.edge import Client
from shoplytics.ports.tracking import VisitView

TRACK = "tracking:track"
READ = "tracking:read"
BODY_LIMIT = 64 * 1024
MEDIA_TYPES = {b"", b"application/json", b"text/plain"}
ACCEPTED = ASGIResponse(status_code=HTTP_202_ACCEPTED, media_type=MediaType.TEXT)


class TrackController(Controller):
    tags = ("Tracking",)

    @post(
        "/track",
        status_code=HTTP_202_ACCEPTED,
        permission=TRACK,
        raw_body=True,
        body_limit=BODY_LIMIT,
        budget="track",
        cors="any",
        body=Track,
        example=EXAMPLE,
        direct=True,
    )
    async def track(self, request: Request[Any, Any, Any], client: Client, tracker: Tracker) -> ASGIResponse:
        """A page was shown, or has been looked at for so long.

        JSON as application/json or, as `sendBeacon` sends it, text/plain. Also 202 for what is not recorded:
        crawlers, and browsers that send Sec-GPC or DNT. From any origin.
        """
        headers = dict(request.scope["headers"])
        if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() not in MEDIA_TYPES:
            raise UnsupportedMedia("Send JSON as application/json or text/plain.")
        track = read_track(await _body(request))
        await tracker.track(track=track, client=client, refusal=client.refusal)
        return ACCEPTED


async def _body(request: Request[Any, Any, Any]) -> bytes:
    """The edge limits what comes in; a beacon mostly comes in one piece."""
    message: Any = await request.receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False):
        message = await request.receive()
        body += message.get("body", b"")
    return body


class VisitController(Controller):
    path = "/stores/{store_id:uuid}/visits"
    tags = ("Tracking",)

    @get("/", permission=READ)
    async def visits(
        self,
        *,
        store_id: UUID,
        tracking: TrackingService,
        first: Annotated[date | None, QueryParameter(name="from", description="First local day.")] = None,
        last: Annotated[
            date | None, QueryParameter(name="to", description="Last local day, included.")
        ] = None,
        product: Annotated[UUID | None, Parameter(description="Visits of this product's pages only.")] = None,
        limit: Annotated[int, Parameter(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[VisitView]:
        """The store's visits, newest first; the last 30 days unless told."""
        return await tracking.listed(
            store_id=store_id, first=first, last=last, product_id=product, limit=limit, cursor=cursor
        )
