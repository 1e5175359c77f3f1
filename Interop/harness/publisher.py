"""A web server that publishes sound files, and remembers who asked for what."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Publisher:
    """`pages` maps a path to the bytes there; `control` is their Cache-Control. Each has an ETag of its content."""

    def __init__(self, control: str = ""):
        self.pages: dict[str, bytes] = {}
        self.control = control
        # (path, status, If-None-Match) of each request that was answered.
        self.requests: list[tuple[str, int, str]] = []
        # A status that every request gets; seconds that each waits.
        self.status, self.delay = 0, 0.0
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                time.sleep(publisher.delay)
                page = publisher.pages.get(self.path)
                tag = f'"{hash(page) & 0xFFFFFFFF:x}"'
                asked = self.headers.get("If-None-Match", "")
                status = publisher.status or (404 if page is None else 304 if asked == tag else 200)
                body = page if status == 200 else b""
                publisher.requests.append((self.path, status, asked))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                if status in (200, 304):
                    self.send_header("ETag", tag)
                    if publisher.control:
                        self.send_header("Cache-Control", publisher.control)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def statuses(self, path: str) -> list[int]:
        return [status for where, status, _ in list(self.requests) if where == path]

    def close(self) -> None:
        """Nobody listens there any more."""
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.thread.join(10)
            self.server = None
