"""The Expect header (RFC 9110, section 10.1.1): at no address does aiohttp itself respond to it."""

from aiohttp import HttpVersion11, web


async def continue_if_asked(request: web.Request) -> None:
    """Let a client send its body that asks first; other expectations are ignored."""
    expected = request.headers.get("Expect", "").strip().lower()
    if request.version == HttpVersion11 and expected == "100-continue":
        writer = request.writer
        await writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        writer.output_size = 0  # the response itself has not begun
