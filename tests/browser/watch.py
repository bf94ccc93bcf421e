"""What a browser must not do beside what a test looks at: ask others, complain."""

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError


class Watch:
    """Hears everything that a browser context asks for and says."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.outside: list[str] = []
        """Addresses asked for that are not of the platform."""
        self.complaints: list[str] = []
        """Errors on the console, of scripts, of what did not load, and of the content security policy."""
        self._origin = origin
        context.on("request", self._on_request)
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)

    def _on_request(self, request: Request) -> None:
        own = (f"{self._origin}/", "data:", f"blob:{self._origin}/")
        if not request.url.startswith(own):
            self.outside.append(request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def _on_error(self, error: WebError) -> None:
        self.complaints.append(str(error.error))
