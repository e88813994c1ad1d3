"""What a provider tells by itself: a session there is over, an account is gone, a membership is another. Acted on,
then noted; told twice at the same moment, it is acted on twice and ends the same."""

from application.identity import leaving
from application.identity.belonging import follow
from application.identity.doors import Doors, Visit
from application.identity.federating import provider_of
from application.identity.unlink_identity import UnlinkIdentity
from application.ports.identity_provider import Affair, News
from domain.identity.kinds import LinkEnd, SessionEnd
from domain.kernel.errors import NotFound


async def hear(doors: Doors, visit: Visit, provider: str, body: bytes, signature: str) -> bool:
    """Act on what is told; return whether it was new. Raises NotFound, IdentityRefused."""
    told_by = provider_of(doors, provider)
    news = told_by.news(body, signature, visit.now)
    if await doors.heard.before(provider, news.id):
        return False
    match news.affair:
        case Affair.SESSION_ENDED:
            await _end_sessions(doors, visit, news)
        case Affair.USER_DELETED:
            await _unlink(doors, visit, news)
        case Affair.MEMBERSHIP_CHANGED:
            user_id = await doors.links.holder(await doors.links.id_of(news.issuer, news.subject))
            if user_id is not None:
                await follow(doors, visit, told_by, user_id, news.subject, news.organization)
        case Affair.OTHER:
            pass
    await doors.heard.settle(provider, news.id)
    return True


async def _end_sessions(doors: Doors, visit: Visit, news: News) -> None:
    mark = await doors.links.session_mark(news.issuer, news.session)
    for session in await doors.refresh_tokens.by_provider(mark):
        await leaving.end(doors, visit, session.user_id, session.session_id, SessionEnd.ENDED_AT_PROVIDER)


async def _unlink(doors: Doors, visit: Visit, news: News) -> None:
    """Whoever was signed in is so no more, by whichever way they came: it may have been this one."""
    link_id = await doors.links.id_of(news.issuer, news.subject)
    user_id = await doors.links.holder(link_id)
    if user_id is None:
        return
    ended = tuple(await doors.refresh_tokens.end_all(user_id))
    command = UnlinkIdentity(user_id=user_id, link_id=link_id, reason=LinkEnd.DELETED_AT_PROVIDER, ended=ended)
    try:
        await doors.act(command, visit, user_id)
    except NotFound:
        return  # unlinked at the same moment
